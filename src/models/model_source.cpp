#include "models/model_source.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>

#include "base/adapter_spec.h"
#include "base/file.h"
#include "base/suggest.h"
#include "models/adapted_model.h"
#include "models/layouts.h"
#include "models/model_type.h"
#include "models/pair.h"
#include "models/prefixed_checkpoint.h"
#include "models/towers.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Of formats that models are converted to. A directory may have both.
bool is_converted_name(const fs::path& path) {
  return path.extension() == ".gguf" || path.extension() == ".onnx";
}

// The one file of weights in a directory; empty where there is none or several.
fs::path only_weights_file(const fs::path& directory) {
  std::vector<fs::path> trained, converted;
  std::error_code error;  // an unreadable directory has no model
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_trained_name(entry->path())) trained.push_back(entry->path());
    if (is_converted_name(entry->path())) converted.push_back(entry->path());
  }
  const auto& files = trained.empty() ? converted : trained;
  return error || files.size() != 1 ? fs::path() : files.front();
}

ModelSource finished(ModelSource source, const fs::path& path, const ModelLayout& layout) {
  source.path = path;
  source.layout = layout.name;
  return source;
}

ModelSource open_weights(const fs::path& path, const fs::path& file) {
  const auto weights = open_checkpoint(file);
  for (const ModelLayout& layout : model_layouts()) {
    if (layout.matches_file == nullptr || !layout.matches_file(file, *weights)) continue;
    return finished(layout.open_file(file, weights), path, layout);
  }
  const auto& entries = weights->entries();
  throw Error(
      ErrorCode::unsupported,
      "'" + file.string() + "' holds " + std::to_string(entries.size()) +
          " tensors (the first is '" + (entries.empty() ? "" : entries.begin()->first) +
          "') of no model that can be told from one file, and no config beside it says more");
}

// "\"clip\", \"bert\" or none"
std::string known_model_types() {
  std::string types;
  bool none = false;
  for (const ModelFamily& family : model_families()) {
    for (const HuggingfaceType& type : family.huggingface) {
      if (type.model_type == std::string_view("none")) {
        none = true;
      } else {
        types += (types.empty() ? "" : ", ") + std::string(type.model_type);
      }
    }
  }
  return none ? types + " or none" : types;
}

}  // namespace

std::span<const ModelLayout> model_layouts() {
  static const std::array layouts = {
      pair_layout(),        onnx_layout(),      gguf_layout(), sentence_transformers_layout(),
      huggingface_layout(), open_clip_layout(), timm_layout(), openai_layout(),
      torchvision_layout()};
  return layouts;
}

bool is_trained_name(const fs::path& path) {
  constexpr std::array<std::string_view, 4> kExtensions = {".safetensors", ".pt", ".pth", ".bin"};
  return std::find(kExtensions.begin(), kExtensions.end(), path.extension().string()) !=
         kExtensions.end();
}

bool looks_like_model(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return is_trained_name(path) || is_converted_name(path);
  if (!fs::is_directory(path, error)) return false;
  for (const char* config : {"config.json", "open_clip_config.json", kModulesFile, kPairFile}) {
    if (fs::exists(path / config, error)) return true;
  }
  return !only_weights_file(path).empty();
}

ModelSource open_model(const fs::path& path) {
  if (const auto pair = parse_pair_spec(path.string())) {
    ModelSource source = open_pair(*pair);
    source.path = path;
    return source;
  }
  if (const auto adapted = split_adapter(path.string())) return open_adapted_model(*adapted);
  std::error_code error;
  if (fs::is_regular_file(path, error)) return open_weights(path, path);
  if (!fs::is_directory(file_status(path))) {
    throw Error(ErrorCode::not_found, "there is no model directory '", path.string(), "'",
                nearest_path(path));
  }
  for (const ModelLayout& layout : model_layouts()) {
    if (layout.matches(path)) return finished(layout.open(path), path, layout);
  }
  if (!model_type(path)) {
    if (const fs::path file = only_weights_file(path); !file.empty())
      return open_weights(path, file);
  }
  throw_unknown_type(path);
}

void throw_unknown_type(const fs::path& path) {
  const auto type = model_type(path);
  throw Error(ErrorCode::unsupported, "'", path.string(),
              "' is no model of a known layout and family: expected a config.json with the "
              "model_type ",
              known_model_types(), ", open_clip_config.json, or one file of weights, found ",
              (type ? "the model_type " + *type : "no config.json"));
}

void throw_wrong_config(const ModelSource& source) {
  throw Error(ErrorCode::internal, "the config that layout '", source.layout, "' read from '",
              source.path.string(), "' is not one of family '", source.family, "'");
}

}  // namespace sightline
