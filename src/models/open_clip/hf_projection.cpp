#include "models/open_clip/hf_projection.h"

#include "models/open_clip/config_keys.h"

namespace sightline {
namespace {

class ProjectedEncoder : public TextTower {
 public:
  ProjectedEncoder(std::unique_ptr<TextTower> tower, Linear hidden, Linear out)
      : tower_(std::move(tower)), hidden_(std::move(hidden)), out_(std::move(out)) {}

  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override {
    // projected = self.proj(pooled_out)
    Tensor x = tower_->encode(ops, ids, offsets);
    if (hidden_ != nullptr) x = ops.linear(x, hidden_, Activation::gelu, {});
    return ops.linear(x, out_, Activation::none, {});
  }

 private:
  std::unique_ptr<TextTower> tower_;
  Linear hidden_, out_;
};

// A null is not the same as an absent key, for which the dataclass has another value.
bool is_null(const ConfigSection& text, const char* key) {
  const auto found = text.object.find(key);
  return found != text.object.end() && found->is_null();
}

HfProjection read_projection(const ConfigSection& text, int64_t embedding_dim, int64_t width) {
  constexpr const char* kKey = "hf_proj_type";
  if (is_null(text, kKey)) {
    if (width == embedding_dim) return HfProjection::none;
    text.fail(kKey, "\"linear\" or \"mlp\", as embed_dim is not the encoder's width " +
                        std::to_string(width));
  }
  const std::string type = text.text(kKey, "mlp");
  if (type == "linear") return HfProjection::linear;
  if (type == "mlp") return HfProjection::mlp;
  text.fail(kKey, "\"linear\" or \"mlp\"");
}

PoolingKind read_pooling(const ConfigSection& text, const HfPoolers& poolers) {
  constexpr const char* kKey = "hf_pooler_type";
  const std::string type = text.text(kKey, is_null(text, kKey) ? poolers.of_null : "mean_pooler");
  if (type == "mean_pooler") return PoolingKind::mean;
  if (type == "cls_last_hidden_state_pooler") return PoolingKind::first;
  if (type == "cls_pooler" && poolers.first) return PoolingKind::first;
  text.fail(kKey, std::string("\"mean_pooler\", \"cls_last_hidden_state_pooler\"") +
                      (poolers.first ? " or \"cls_pooler\"" : ""));
}

}  // namespace

HfTextSettings read_hf_settings(const ConfigSection& text, int64_t embedding_dim, int64_t width,
                                const HfPoolers& poolers) {
  // The sizes of native towers do not count: the encoder has its own.
  refuse_others(
      text,
      {"hf_model_name", "hf_proj_type", "hf_pooler_type", "context_length", "tokenizer_kwargs"},
      {"hf_tokenizer_name", "hf_model_pretrained", "output_tokens", "width", "heads", "layers",
       "vocab_size"},
      {{"tokenizer_mode", ""}});
  HfTextSettings settings;
  settings.pooling = read_pooling(text, poolers);
  settings.projection = read_projection(text, embedding_dim, width);
  settings.context_length = text.size("context_length", 77, 3);
  return settings;
}

std::unique_ptr<TextTower> with_hf_projection(WeightBuilder& weights,
                                              std::unique_ptr<TextTower> tower,
                                              HfProjection projection, int64_t width,
                                              int64_t embedding_dim) {
  const auto layer = [&](const char* name, int64_t out, int64_t in) {
    return weights.linear(name, out, in, false, LayerPrecision::high);
  };
  Linear hidden, out;
  switch (projection) {
    case HfProjection::none:
      return tower;
    case HfProjection::linear:
      out = layer("text.proj", embedding_dim, width);
      break;
    case HfProjection::mlp: {
      const int64_t middle = (width + embedding_dim) / 2;
      hidden = layer("text.proj.0", middle, width);
      out = layer("text.proj.2", embedding_dim, middle);
      break;
    }
  }
  return std::make_unique<ProjectedEncoder>(std::move(tower), std::move(hidden), std::move(out));
}

}  // namespace sightline
