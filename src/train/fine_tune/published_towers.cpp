#include "train/fine_tune/published_towers.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"
#include "models/bert_config.h"
#include "models/clip_vit.h"
#include "models/finite_weights.h"
#include "models/pair.h"
#include "models/prompt_adapter.h"

namespace sightline {
namespace {

constexpr float kInitialLogitScale = 2.6592600F;  // ln(1 / 0.07), as CLIP's

[[noreturn]] void refuse(const ModelSource& source, const char* what) {
  throw Error(ErrorCode::unsupported, "the model ", quoted(source.path),
              " cannot be fine-tuned: ", what);
}

// projected: a linear layer follows the tower.
void require_gradients(const ModelSource& source, bool projected) {
  for (const auto& adapter : source.adapters) {
    if (adapter->find(kPromptTensor) != nullptr)
      refuse(source, "it has a learned prompt, which is no part of its layout");
  }
  if (!source.head) return;
  if (source.head->pooling == PoolingKind::max)
    refuse(source, "it pools by the maximum, which has no gradient here");
  for (const HeadStep& step : source.head->steps) {
    if (step.kind == HeadStep::Kind::dense)
      refuse(source, "it has a dense layer of sentence-transformers after its tower");
    if (projected) refuse(source, "it scales vectors to unit length before the pair's projection");
  }
}

// As load_towers, without the head's steps.
LoadedModel load_one(const ModelSource& source, Ops& ops, bool image) {
  ModelOptions options;
  options.load_image_tower = image;
  options.load_text_tower = !image;
  for (const ModelFamily& family : model_families()) {
    if (source.family == family.name) return family.load(source, ops, options);
  }
  throw Error(ErrorCode::internal, "there is no family '", source.family, "'");
}

bool is_token_table(const std::string& name) {
  return name.ends_with("embeddings.token_embedding.weight") ||
         name.ends_with("embeddings.word_embeddings.weight");
}

class Builder {
 public:
  Builder(const std::string& path, Ops& ops, const std::function<std::vector<std::string>()>& names)
      : ops_(ops), names_(names) {
    result_.source = open_model(path);
  }

  PublishedTowers build() {
    const ModelSource& source = result_.source;
    const bool pair = source.checkpoint == nullptr;
    const ModelSource& text = pair ? *source.parts.at(0) : source;
    const ModelSource& image = pair ? *source.parts.at(1) : source;
    if (!source.tokenizer || !source.preprocess)
      refuse(source, "expected an image tower and a text tower");
    if (source.preprocess().variable_size())
      refuse(source, "its images differ in size, and training needs images of one size");
    add_text(text, pair ? &source.config_as<PairConfig>() : nullptr);
    add_image(image);
    result_.preprocess = source.preprocess();
    result_.logit_scale = kInitialLogitScale;
    if (source.family == "clip_vit" || source.family == "clip_resnet") {
      result_.logit_scale = *source.parameters->take(kLogitScaleName, {}).data<float>();
      result_.has_logit_scale = true;
    }
    require_finite(text);
    if (pair) require_finite(image);
    return std::move(result_);
  }

 private:
  // The names that were added since the last call.
  std::vector<std::string> new_names() {
    std::vector<std::string> all = names_();
    std::vector<std::string> added(all.begin() + static_cast<std::ptrdiff_t>(seen_), all.end());
    seen_ = all.size();
    return added;
  }

  // pair: null for a model with both towers.
  void add_text(const ModelSource& source, const PairConfig* pair) {
    LoadedModel loaded = load_one(source, ops_, false);
    result_.text = std::move(loaded.text);
    result_.context_length = loaded.info.context_length;
    if (source.head && source.head->max_length > 0) {
      result_.context_length = std::min(result_.context_length, source.head->max_length);
    }
    result_.vocab_size = loaded.vocab_size;
    const int64_t in = loaded.info.embedding_dim;
    int64_t out = in;
    if (pair != nullptr) out = dimensions(*pair->image);
    const bool projected =
        pair != nullptr && (pair->projection == PairProjection::linear || in != out);
    require_gradients(source, projected);
    if (projected) {
      result_.text =
          std::make_unique<ProjectedTextTower>(std::move(result_.text), ops_, in, out, pair->seed);
    }
    const std::vector<std::string> names = new_names();
    const auto table = std::ranges::find_if(names, is_token_table);
    if (table != names.end()) result_.token_table = *table;
    result_.places.add_tower(Tower::text, names);
  }

  void add_image(const ModelSource& source) {
    require_gradients(source, false);
    result_.image = load_one(source, ops_, true).image;
    result_.places.add_tower(Tower::image, new_names());
  }

  static void require_finite(const ModelSource& source) {
    require_finite_weights(*source.checkpoint, scan_checkpoint(*source.checkpoint),
                           source.parameters.get());
  }

  // Of a model whose towers are not loaded.
  int64_t dimensions(const ModelSource& source) {
    ModelOptions shapes;
    shapes.load_image_tower = shapes.load_text_tower = false;
    return load_towers(source, ops_, shapes).info.embedding_dim;
  }

  Ops& ops_;
  const std::function<std::vector<std::string>()>& names_;
  size_t seen_ = 0;
  PublishedTowers result_;
};

}  // namespace

PublishedTowers open_published_towers(const std::string& path, Ops& ops,
                                      const std::function<std::vector<std::string>()>& names) {
  return Builder(path, ops, names).build();
}

}  // namespace sightline
