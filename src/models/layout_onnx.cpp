// ONNX exports of models: transformers.js's repositories (config.json of transformers, files in
// onnx/) and immich's (config.json of open_clip, visual/ and textual/). The weights are read and
// the graph is not run: the model's own towers compute.
// Source: huggingface/transformers.js scripts/convert.py; huggingface/optimum-onnx (names of
// files); immich-app/immich machine-learning/export.
#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "models/clip_config.h"
#include "models/layouts.h"
#include "models/onnx_open_clip.h"
#include "models/optional_scale.h"
#include "weights/onnx.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

using Files = std::vector<fs::path>;

bool has_file(const fs::path& path) {
  std::error_code error;  // an unreadable file fails when it is read
  return fs::exists(path, error);
}

constexpr std::array kFolders = {"onnx", ""};

// Whether a directory has files of weights in other formats.
bool has_other_weights(const fs::path& directory) {
  std::error_code error;  // an unreadable directory has no files
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_trained_name(entry->path()) || entry->path().extension() == ".gguf") return true;
  }
  return false;
}

// ONNX files of any name, sorted; none next to weights in other formats.
Files files_of_any_name(const fs::path& directory) {
  Files files;
  if (has_other_weights(directory)) return files;
  for (const char* folder : kFolders) {
    std::error_code error;  // an unreadable folder has no files
    for (fs::directory_iterator entry(directory / folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".onnx") files.push_back(entry->path());
    }
  }
  std::ranges::sort(files);
  return files;
}

// The files of an export by optimum: the whole model or its towers, in full precision if possible,
// or else the only file.
Files exported_files(const fs::path& directory) {
  for (const char* folder : kFolders) {
    for (const char* suffix : {"", "_fp16"}) {
      const fs::path at = directory / folder;
      const fs::path whole = at / (std::string("model") + suffix + ".onnx");
      if (has_file(whole)) return {whole};
      const fs::path text = at / (std::string("text_model") + suffix + ".onnx");
      const fs::path image = at / (std::string("vision_model") + suffix + ".onnx");
      if (has_file(text) && has_file(image)) return {text, image};
    }
  }
  Files files = files_of_any_name(directory);
  if (files.size() != 1) files.clear();
  return files;
}

// One of several files, as an example: not of 4 bits, which are not read, if possible.
fs::path example_of(const Files& files) {
  const auto found = std::ranges::find_if(files, [](const fs::path& file) {
    return file.filename().string().find('4') == std::string::npos;
  });
  if (found != files.end()) return *found;
  return files.empty() ? fs::path("model.onnx") : files.front();
}

// immich's two towers.
const char *const kVisual = "visual", *const kTextual = "textual";

bool is_immich(const fs::path& directory) {
  return has_file(directory / "config.json") && has_file(directory / kVisual / "model.onnx") &&
         has_file(directory / kTextual / "model.onnx");
}

std::shared_ptr<const Checkpoint> checkpoint_of(
    const fs::path& path, const std::vector<std::shared_ptr<OnnxFile>>& files) {
  return std::make_shared<const Checkpoint>(
      path, std::vector<std::shared_ptr<WeightsFile>>(files.begin(), files.end()));
}

// Of transformers' CLIP, one tower alone is a model, too. The exports of MobileCLIP for
// transformers.js say that they are a CLIP.
void select_tower(ModelSource& source) {
  if (source.family != "clip_vit") return;
  const bool image = source.checkpoint->find("vision_model.post_layernorm.weight") != nullptr;
  const bool text = source.checkpoint->find("text_model.final_layer_norm.weight") != nullptr;
  if (!image && !text) {
    throw Error(ErrorCode::unsupported, "'", source.checkpoint->where(),
                "' has neither tower of transformers' CLIP, which its config.json names; expected "
                "the original model (of exports of MobileCLIP, such as "
                "apple/MobileCLIP-S2-OpenCLIP)");
  }
  if (image == text) return;
  source.family = image ? "clip_vision" : "clip_text";
  auto clip = source.config_as<ClipConfig>();
  clip.needs_projection = true;
  source.config = clip;
  if (image) source.tokenizer = nullptr;
  if (text) source.preprocess = nullptr;
}

ModelSource open_exported(const fs::path& directory, std::shared_ptr<const Checkpoint> checkpoint) {
  const Checkpoint& weights = *checkpoint;
  ModelSource source = open_huggingface(directory, std::move(checkpoint));
  source.parameters = with_optional_scale(std::move(source.parameters), weights);
  select_tower(source);
  return source;
}

// The activation of both graphs, which immich's config may lack.
std::optional<Activation> common_activation(const std::vector<std::shared_ptr<OnnxFile>>& files) {
  std::optional<Activation> found;
  for (const auto& file : files) {
    const auto activation = activation_of(*file);
    if (!activation || (found && found != activation)) return std::nullopt;
    found = activation;
  }
  return found;
}

ModelSource open_immich(const fs::path& directory) {
  std::vector<std::shared_ptr<OnnxFile>> files;
  for (const char* tower : {kVisual, kTextual}) {
    files.push_back(std::make_shared<OnnxFile>(directory / tower / "model.onnx"));
    add_open_clip_names(*files.back());
  }
  const fs::path path = directory / "config.json";
  // The two files are sections of open_clip_config.json.
  nlohmann::json config = {
      {"model_cfg", parse_json(read_text_file(path, kMaxModelConfigBytes), path.string())}};
  if (const fs::path images = directory / kVisual / "preprocess_cfg.json"; has_file(images)) {
    config["preprocess_cfg"] =
        parse_json(read_text_file(images, kMaxModelConfigBytes), images.string());
  }
  if (!config["model_cfg"].is_object())
    throw Error(ErrorCode::invalid_data, "'", path.string(), "' is not a JSON object");
  const auto activation = common_activation(files);
  if (activation) config["model_cfg"]["quick_gelu"] = *activation == Activation::quick_gelu;
  ModelSource source =
      open_open_clip(config.dump(), path, checkpoint_of(directory, files), directory / kTextual);
  if (source.family == "clip_resnet") {
    throw Error(
        ErrorCode::unsupported, "'", directory.string(),
        "' is a ResNet, whose batch norms the export has merged into convolutions; expected "
        "the original model, such as OpenAI's .pt or a directory with "
        "open_clip_config.json");
  }
  const Checkpoint& weights = *source.checkpoint;
  source.parameters = with_optional_scale(std::move(source.parameters), weights);
  return source;
}

bool matches(const fs::path& path) {
  // The modules of sentence-transformers are no part of the file.
  if (Checkpoint::has_weights(path, huggingface_weight_names()) ||
      Checkpoint::has_weights(path, open_clip_weight_names()) || has_file(path / kModulesFile))
    return false;
  if (is_immich(path)) return true;
  return has_known_type(path) &&
         (!exported_files(path).empty() || !files_of_any_name(path).empty());
}

ModelSource open(const fs::path& path) {
  if (is_immich(path)) return open_immich(path);
  const Files exported = exported_files(path);
  if (exported.empty()) {
    throw Error(
        ErrorCode::not_found, "'", path.string(),
        "' has several ONNX files, but neither model.onnx nor text_model.onnx with "
        "vision_model.onnx; rename the files, or name one of them to use it alone, such as '",
        example_of(files_of_any_name(path)).string(), "'");
  }
  std::vector<std::shared_ptr<OnnxFile>> files;
  for (const fs::path& file : exported) files.push_back(std::make_shared<OnnxFile>(file));
  return open_exported(path, checkpoint_of(path, files));
}

bool matches_file(const fs::path&, const Checkpoint& weights) {
  return dynamic_cast<const OnnxFile*>(weights.only_file()) != nullptr;
}

ModelSource open_file(const fs::path& file, std::shared_ptr<const Checkpoint> weights) {
  const fs::path folder = fs::absolute(file).parent_path();
  for (const fs::path& directory : {folder, folder.parent_path()}) {
    if (has_known_type(directory)) return open_exported(directory, std::move(weights));
  }
  throw Error(ErrorCode::unsupported, "'", file.string(),
              "' is an ONNX model without a config.json of transformers in its folder or the one "
              "above; of immich's exports, name the directory that contains visual and textual");
}

}  // namespace

ModelLayout onnx_layout() {
  return {"onnx", matches, open, matches_file, open_file};
}

}  // namespace sightline
