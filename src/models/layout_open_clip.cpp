// A directory as OpenCLIP's push_to_hf_hub writes it. timm's repositories of CLIP models contain it
// in addition to timm's own files. Source: mlfoundations/open_clip src/open_clip/constants.py (file
// names), factory.py.
#include "base/file.h"
#include "models/activation_hints.h"
#include "models/layouts.h"
#include "models/open_clip/open_clip_config.h"
#include "models/openai_names.h"
#include "models/prefixed_checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

bool matches(const fs::path& path) {
  std::error_code error;
  return fs::exists(path / "open_clip_config.json", error) &&
         Checkpoint::has_weights(path, open_clip_weight_names());
}

// CLIP's own towers: the families and names that all CLIP layouts share.
void add_clip(const fs::path& directory, const ClipConfig& clip, ModelSource& source) {
  source.family = clip.resnet ? "clip_resnet" : "clip_vit";
  source.config = clip;
  source.parameters = openai_parameters(*source.checkpoint);
  source.tokenizer = [directory](int context_length) {
    return load_openai_style_tokenizer(directory, context_length);
  };
}

void add_towers(const fs::path& directory, const OpenClipTowers& towers, ModelSource& source) {
  source.family = "open_clip";
  source.config = towers;
  source.parameters = open_clip_parameters(towers, *source.checkpoint);
  source.tokenizer = [directory, load = towers.text.tokenizer](int context_length) {
    return load(directory, context_length);
  };
}

ModelSource open_with(const fs::path& directory, std::shared_ptr<const Checkpoint> checkpoint) {
  const fs::path path = directory / "open_clip_config.json";
  ModelSource source = open_open_clip(read_text_file(path, kMaxModelConfigBytes), path,
                                      std::move(checkpoint), directory);
  if (source.family != "open_clip") {
    add_activation_warning(directory, path.filename().string(),
                           source.config_as<ClipConfig>().text.activation, source.warnings);
  }
  return source;
}

ModelSource open(const fs::path& directory) {
  return open_with(directory, open_checkpoint(directory, open_clip_weight_names()));
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

ModelSource open_open_clip(const std::string& text, const fs::path& config,
                           std::shared_ptr<const Checkpoint> checkpoint,
                           const fs::path& tokenizer) {
  const OpenClipConfig parsed = parse_open_clip_config(text, config.string(), *checkpoint);
  ModelSource source;
  source.checkpoint = std::move(checkpoint);
  source.facts.emplace_back(config.filename().string(), text);
  source.preprocess = [spec = parsed.preprocess] { return spec; };
  if (parsed.clip) {
    add_clip(tokenizer, *parsed.clip, source);
  } else {
    add_towers(tokenizer, *parsed.towers, source);
  }
  return source;
}

const WeightNames& open_clip_weight_names() {
  static const WeightNames names = {"open_clip_model.safetensors",
                                    "open_clip_model.safetensors.index.json",
                                    "open_clip_pytorch_model.bin"};
  return names;
}

ModelLayout open_clip_layout() {
  return {"open_clip", matches, open, matches_file, open_file};
}

}  // namespace sightline
