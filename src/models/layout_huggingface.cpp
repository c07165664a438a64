// A directory as transformers' save_pretrained writes it.
// Source: transformers, configuration_utils.py and modeling_utils.py (file names).
#include <optional>

#include "base/file.h"
#include "models/layouts.h"
#include "models/model_type.h"
#include "models/openai_names.h"
#include "models/prefixed_checkpoint.h"
#include "models/towers.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// A model_type and the family that registered it.
struct KnownType {
  const ModelFamily* family = nullptr;
  const HuggingfaceType* type = nullptr;
};

std::optional<KnownType> find_type(const fs::path& directory) {
  const auto found = model_type(directory);
  for (const ModelFamily& family : model_families()) {
    for (const HuggingfaceType& type : family.huggingface) {
      if (found == type.model_type) return KnownType{&family, &type};
    }
  }
  return std::nullopt;
}

// Repositories of OpenCLIP models have OpenCLIP's files in addition to transformers' or instead of
// them; the weights decide.
bool matches(const fs::path& path) {
  if (!find_type(path) || is_timm_config(path)) return false;
  std::error_code error;
  return Checkpoint::has_weights(path, huggingface_weight_names()) ||
         !fs::exists(path / "open_clip_config.json", error);
}

ModelSource open_with(const fs::path& directory, std::shared_ptr<const Checkpoint> checkpoint) {
  const KnownType known = find_type(directory).value();
  const HuggingfaceType& type = *known.type;
  const fs::path config = directory / "config.json";
  const std::string text = read_text_file(config, kMaxModelConfigBytes);
  ModelSource source;
  source.family = known.family->name;
  source.config = type.parse(text, config.string());
  source.facts.emplace_back("config.json", text);
  source.checkpoint = std::move(checkpoint);
  source.parameters = type.parameters(*source.checkpoint);
  if (type.has_image) {
    const fs::path preprocessor = directory / "preprocessor_config.json";
    std::error_code ignored;  // an unreadable file fails when it is read
    if (fs::exists(preprocessor, ignored)) {
      source.facts.emplace_back("preprocessor_config.json",
                                read_text_file(preprocessor, kMaxModelConfigBytes));
    }
    source.preprocess = [preprocessor] {
      return parse_preprocessor_config(read_text_file(preprocessor, kMaxModelConfigBytes),
                                       preprocessor.string());
    };
  }
  if (type.has_text) {
    source.tokenizer = [directory](int context_length) {
      return load_tokenizer(directory, context_length);
    };
  }
  return source;
}

ModelSource open(const fs::path& directory) {
  return open_with(directory, open_checkpoint(directory));
}

// One of several files of weights with a config: fp16 variants, other formats.
bool matches_file(const fs::path& file, const Checkpoint& weights) {
  return find_type(file.parent_path()).has_value() && !is_timm_config(file.parent_path()) &&
         !has_openai_names(weights);
}

ModelSource open_file(const fs::path& file, std::shared_ptr<const Checkpoint> weights) {
  return open_with(file.parent_path(), std::move(weights));
}

}  // namespace

ModelLayout huggingface_layout() {
  return {"huggingface", matches, open, matches_file, open_file};
}

}  // namespace sightline
