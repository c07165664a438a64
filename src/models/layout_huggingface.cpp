// A directory as transformers' save_pretrained writes it.
// Source: transformers, configuration_utils.py and modeling_utils.py (file names).
#include <array>

#include "base/file.h"
#include "models/bert.h"
#include "models/layouts.h"
#include "models/model_type.h"
#include "models/openai_names.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// What a model_type means here.
struct Type {
  const char* model_type;  // as model_type() gives it
  const char* family;
  ModelConfig (*parse)(const std::string& json, const std::string& name);
  // Buffers that older files carry and no tower needs.
  std::vector<std::string> ignored;
  bool has_image, has_text;
};

const std::vector<Type>& types() {
  static const auto parse_clip = [](const std::string& json, const std::string& name) {
    return ModelConfig(parse_clip_config(json, name));
  };
  // 0, 1, 2 …
  static const std::vector<std::string> positions = {"vision_model.embeddings.position_ids",
                                                     "text_model.embeddings.position_ids"};
  static const std::vector<Type> all = {
      {"\"clip\"", "clip_vit", parse_clip, positions, true, true},
      {"\"bert\"",
       "bert",
       [](const std::string& json, const std::string& name) {
         return ModelConfig(parse_bert_config(json, name));
       },
       {},
       false,
       true},
      {"none", "clip_vit", parse_clip, positions, true, true},  // files of the first years
  };
  return all;
}

const Type* find_type(const fs::path& directory) {
  const auto found = model_type(directory);
  for (const Type& type : types()) {
    if (found == type.model_type) return &type;
  }
  return nullptr;
}

// Repositories of OpenCLIP models have OpenCLIP's files beside transformers' or instead of them:
// whichever weights are there decide.
bool matches(const fs::path& path) {
  if (find_type(path) == nullptr || is_timm_config(path)) return false;
  std::error_code error;
  return Checkpoint::has_weights(path, huggingface_weight_names()) ||
         !fs::exists(path / "open_clip_config.json", error);
}

ModelSource open_with(const fs::path& directory, std::shared_ptr<const Checkpoint> checkpoint) {
  const Type& type = *find_type(directory);
  const fs::path config = directory / "config.json";
  const std::string text = read_text_file(config, kMaxModelConfigBytes);
  ModelSource source;
  source.family = type.family;
  source.config = type.parse(text, config.string());
  source.facts.emplace_back("config.json", text);
  source.checkpoint = std::move(checkpoint);
  if (source.family == "bert") {
    source.parameters = bert_parameters(*source.checkpoint);
  } else {
    auto parameters = std::make_unique<CheckpointSource>(*source.checkpoint);
    for (const auto& name : type.ignored) parameters->ignore(name);
    source.parameters = std::move(parameters);
  }
  if (type.has_image) {
    const fs::path preprocessor = directory / "preprocessor_config.json";
    std::error_code ignored;  // what cannot be looked at fails when it is read
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
  return open_with(directory, std::make_shared<const Checkpoint>(directory));
}

// One of several files of weights beside a config: fp16 variants, other formats.
bool matches_file(const fs::path& file, const Checkpoint& weights) {
  return find_type(file.parent_path()) != nullptr && !is_timm_config(file.parent_path()) &&
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
