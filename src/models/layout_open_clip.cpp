// A directory as OpenCLIP's push_to_hf_hub writes it. timm's repositories of CLIP models contain it
// in addition to timm's own files. Source: mlfoundations/open_clip src/open_clip/constants.py (file
// names), factory.py.
#include "base/file.h"
#include "models/activation_hints.h"
#include "models/layouts.h"
#include "models/open_clip_config.h"
#include "models/openai_names.h"
#include "models/prefixed_checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const WeightNames& weight_names() {
  static const WeightNames names = {"open_clip_model.safetensors",
                                    "open_clip_model.safetensors.index.json",
                                    "open_clip_pytorch_model.bin"};
  return names;
}

bool matches(const fs::path& path) {
  std::error_code error;
  return fs::exists(path / "open_clip_config.json", error) &&
         Checkpoint::has_weights(path, weight_names());
}

ModelSource open_with(const fs::path& directory, std::shared_ptr<const Checkpoint> checkpoint) {
  const fs::path path = directory / "open_clip_config.json";
  const std::string text = read_text_file(path, kMaxModelConfigBytes);
  const OpenClipConfig config = parse_open_clip_config(text, path.string());
  ModelSource source;
  source.family = config.clip.resnet ? "clip_resnet" : "clip_vit";
  source.config = config.clip;
  source.facts.emplace_back("open_clip_config.json", text);
  source.checkpoint = std::move(checkpoint);
  source.parameters = openai_parameters(*source.checkpoint);
  source.preprocess = [spec = config.preprocess] { return spec; };
  source.tokenizer = [directory](int context_length) {
    return load_openai_style_tokenizer(directory, context_length);
  };
  add_activation_warning(directory, path.filename().string(), config.clip.text.activation,
                         source.warnings);
  return source;
}

ModelSource open(const fs::path& directory) {
  return open_with(directory, open_checkpoint(directory, weight_names()));
}

// One of several files of weights with a config, or a training run's checkpoint.
bool matches_file(const fs::path& file, const Checkpoint& weights) {
  std::error_code error;
  return fs::exists(file.parent_path() / "open_clip_config.json", error) &&
         has_openai_names(weights);
}

ModelSource open_file(const fs::path& file, std::shared_ptr<const Checkpoint> weights) {
  return open_with(file.parent_path(), std::move(weights));
}

}  // namespace

ModelLayout open_clip_layout() {
  return {"open_clip", matches, open, matches_file, open_file};
}

}  // namespace sightline
