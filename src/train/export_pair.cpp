#include "train/export_pair.h"

#include <sightline/error.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "models/layouts.h"
#include "train/export_bert.h"
#include "train/export_timm.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kImageFolder = "image";
constexpr const char* kTextFolder = "text";
constexpr const char* kConfigFile = "config.json";
constexpr const char* kWeightsFile = "model.safetensors";

// Configs, tokenizers and modules are copied; weights in any format and the index of shards are
// not.
bool is_copied(const fs::path& file) {
  if (file.filename().string().ends_with(".index.json")) return false;
  const std::string extension = lower(file.extension().string());
  return extension == ".json" || extension == ".txt" || extension == ".model";
}

// The directories with files of a model, relative to its own, each once.
std::set<fs::path> directories_of(const fs::path& model) {
  std::set<fs::path> directories = {"."};
  for (const fs::path& module : module_directories(model)) directories.insert(module);
  return directories;
}

void copy_configs(const fs::path& from, const fs::path& to) {
  for (const fs::path& directory : directories_of(from)) {
    if (!fs::is_directory(file_status(from / directory))) continue;
    const fs::path target = (to / directory).lexically_normal();
    make_folder(target);
    for (const fs::path& file : folder_entries(from / directory)) {
      if (!fs::is_regular_file(file_status(file)) || !is_copied(file)) continue;
      write_file_atomic(target / file.filename(), read_text_file(file, int64_t{1} << 30));
    }
  }
}

// Removes the copies of a model's files and its weights. A folder without config.json was not
// written by a run: train.cpp refuses one that has it in a folder of no run.
void remove_copies(const fs::path& model) {
  std::error_code ignored;
  if (!fs::exists(model / kConfigFile, ignored)) return;
  std::set<fs::path> directories = {"."};
  try {
    directories = directories_of(model);
  } catch (const Error&) {  // a damaged modules.json
  }
  // In reverse: subfolders first.
  for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory) {
    std::vector<fs::path> files;
    fs::directory_iterator at(model / *directory, ignored);
    for (; !ignored && at != fs::directory_iterator(); at.increment(ignored)) {
      if (is_copied(at->path()) || at->path().filename() == kWeightsFile)
        files.push_back(at->path());
    }
    for (const fs::path& file : files) fs::remove(file, ignored);
    ::rmdir((model / *directory).lexically_normal().c_str());  // if it is empty
  }
}

void write_pair(const fs::path& directory, const fs::path& text, const nlohmann::json& origin) {
  nlohmann::json pair = {{"format", 1},
                         {"text", text.generic_string()},
                         {"image", kImageFolder},
                         {"projection", "none"}};
  if (!origin.empty()) pair["text_model"] = origin;
  write_file_atomic(directory / kPairFile, pair.dump(2) + "\n");
}

}  // namespace

void require_exportable_text(const ModelSource& text) {
  std::error_code ignored;
  if (text.family == "bert" && fs::exists(text.path / kConfigFile, ignored)) return;
  throw Error(
      ErrorCode::unsupported, "the text tower of ", quoted(text.path), " (family ", text.family,
      ") cannot be trained in a pair, only that of a BERT's directory: use \"locked\": true");
}

void export_image_of_pair(const fs::path& directory, const ImageSizes& sizes,
                          const PreprocessSpec& pixels, int64_t steps,
                          std::span<const NamedTensor> parameters,
                          std::span<const NamedTensor> buffers) {
  const fs::path to = directory / kImageFolder;
  make_folder(to);
  if (const auto* config = std::get_if<MobilenetV2Config>(&sizes)) {
    export_mobilenet_v2(to, *config, pixels, steps, parameters, buffers);
  } else {
    export_resnet(to, std::get<ResnetConfig>(sizes), pixels, {}, steps, parameters, buffers);
  }
}

void export_text_of_pair(const fs::path& directory, const ModelSource& text,
                         std::span<const NamedTensor> parameters) {
  const fs::path to = directory / kTextFolder;
  make_folder(to);
  copy_configs(text.path, to);
  write_safetensors(to / kWeightsFile, bert_tensors(text.config_as<BertConfig>(), parameters, ""),
                    FloatStorage::f16);
}

void export_pair_file(const fs::path& directory) {
  write_pair(directory, kTextFolder, {});
}

void export_pair_file(const fs::path& directory, const fs::path& text,
                      const TextModelOrigin& origin) {
  nlohmann::json members;
  for (const auto& [key, value] :
       {std::pair{"name", &origin.name}, std::pair{"digest", &origin.digest},
        std::pair{"command", &origin.command}}) {
    if (!value->empty()) members[key] = *value;
  }
  // Relative, so that both may be moved together.
  write_pair(directory, fs::weakly_canonical(text).lexically_relative(fs::canonical(directory)),
             members);
}

void remove_exported_pair(const fs::path& directory) {
  std::error_code ignored;
  fs::remove(directory / kPairFile, ignored);
  remove_copies(directory / kImageFolder);
  remove_copies(directory / kTextFolder);
}

}  // namespace sightline
