#include "models/jina_clip.h"

#include <array>
#include <string_view>
#include <utility>

#include "models/bert.h"
#include "models/dual_encoder.h"
#include "models/jina_clip_config.h"

namespace sightline {
namespace {

using Pairs = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// The name with the first of the parts that it contains replaced.
std::string with_part(std::string name, const Pairs& parts) {
  for (const auto& [own, there] : parts) {
    if (const size_t at = name.find(own); at != std::string::npos)
      return name.replace(at, own.size(), there);
  }
  return name;
}

FileTensor image_tensor(const std::string& name, const Shape& shape) {
  if (name.ends_with(".cls_token")) return {name, {1, 1, shape[0]}};
  if (name.ends_with(".pos_embed")) return {name, {1, shape[0], shape[1]}};
  return {with_part(name, {{".attn.q_proj.bias", ".attn.q_bias"},
                           {".attn.v_proj.bias", ".attn.v_bias"},
                           {".attn.norm.", ".attn.inner_attn_ln."},
                           {".mlp.fc1_g.", ".mlp.w1."},
                           {".mlp.fc1_x.", ".mlp.w2."},
                           {".mlp.norm.", ".mlp.ffn_ln."},
                           {".mlp.fc2.", ".mlp.w3."}}),
          shape};
}

// Names without ".parametrizations".
FileTensor text_tensor(const std::string& name, const Shape& shape) {
  constexpr std::array<std::string_view, 3> kStacked = {
      ".attention.self.query.", ".attention.self.key.", ".attention.self.value."};
  const std::string file =
      "text_model.transformer.roberta." + name.substr(std::string_view("text_model.").size());
  const std::string block = with_part(file, {{".encoder.layer.", ".encoder.layers."}});
  for (size_t i = 0; i < kStacked.size(); ++i) {
    if (block.find(kStacked[i]) == std::string::npos) continue;
    Shape whole = shape;
    whole[0] *= 3;
    return {with_part(block, {{kStacked[i], ".mixer.Wqkv."}}), whole, FileTensor::Part::rows,
            static_cast<int64_t>(i) * shape[0]};
  }
  return {with_part(block, {{".embeddings.LayerNorm.", ".emb_ln."},
                            {".attention.output.dense.", ".mixer.out_proj."},
                            {".attention.output.LayerNorm.", ".norm1."},
                            {".intermediate.dense.", ".mlp.fc1."},
                            {".output.dense.", ".mlp.fc2."},
                            {".output.LayerNorm.", ".norm2."}}),
          shape};
}

// Weights that have adapters are stored by torch.nn.utils.parametrize; files whose adapter was
// merged have plain names.
FileTensor adapted_tensor(const Checkpoint& checkpoint, FileTensor file) {
  constexpr std::string_view kWeight = ".weight";
  if (!file.name.ends_with(kWeight)) return file;
  const std::string original =
      file.name.substr(0, file.name.size() - kWeight.size()) + ".parametrizations.weight.original";
  if (checkpoint.find(original) != nullptr) file.name = original;
  return file;
}

std::unique_ptr<ParameterSource> parameters(const Checkpoint& checkpoint) {
  return std::make_unique<TranslatedSource>(
      checkpoint, [&checkpoint](const std::string& name, const Shape& shape) -> FileTensor {
        if (name.starts_with("vision_model.")) return image_tensor(name, shape);
        // Matrices of adapters are requested by the file's names.
        if (name.starts_with("text_model.") && name.find(".parametrizations.") == std::string::npos)
          return adapted_tensor(checkpoint, text_tensor(name, shape));
        return {name, shape};
      });
}

std::any parse(const std::string& json, const std::string& name) {
  return parse_jina_clip_config(json, name);
}

LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const auto& config = source.config_as<JinaClipConfig>();
  ParameterSource& plain = *source.parameters;
  TaskAdapterSource adapted(plain, config.adapters);
  WeightBuilder image_weights(plain, options.load_image_tower ? &ops : nullptr);
  WeightBuilder text_weights(adapted, options.load_text_tower ? &ops : nullptr);
  auto image = std::make_unique<EvaTower>(image_weights, config.image, false);
  auto text = std::make_unique<BertTower>(text_weights, config.text, 0, "text_model.");
  const int64_t parameters = image_weights.parameter_count() + text_weights.parameter_count();
  return dual_encoder(source, options, {std::move(image), std::move(text), parameters},
                      {.embedding_dim = config.embedding_dim,
                       .image_size = config.image.image_size,
                       .patch_size = config.image.patch_size,
                       .context_length = config.text.context_length,
                       .vocab_size = config.text.vocab_size},
                      Activation::silu);
}

}  // namespace

ModelFamily jina_clip_family() {
  return {"jina_clip", load, {{"\"jina_clip\"", parse, parameters, true, true}}};
}

}  // namespace sightline
