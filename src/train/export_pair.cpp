#include "train/export_pair.h"

#include <sightline/error.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/path_id.h"
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

// Returns the names of the copies, relative to `to`.
std::vector<std::string> copy_configs(const fs::path& from, const fs::path& to) {
  std::vector<std::string> names;
  for (const fs::path& directory : directories_of(from)) {
    if (!fs::is_directory(file_status(from / directory))) continue;
    const fs::path target = (to / directory).lexically_normal();
    make_folder(target);
    for (const fs::path& file : folder_entries(from / directory)) {
      if (!fs::is_regular_file(file_status(file)) || !is_copied(file)) continue;
      write_file_atomic(target / file.filename(), read_text_file(file, int64_t{1} << 30));
      names.push_back(path_id((directory / file.filename()).lexically_normal()));
    }
  }
  return names;
}

// The names that pair.json records; none if it was not written by a run, or is damaged.
std::vector<fs::path> recorded_copies(const fs::path& directory) {
  std::vector<fs::path> names;
  try {
    const auto pair =
        nlohmann::json::parse(read_text_file(directory / kPairFile, 1 << 16), nullptr, false);
    if (!pair.is_object() || !pair.contains(kTextFilesKey)) return {};
    for (const auto& name : pair[kTextFilesKey]) {
      if (!name.is_string()) continue;
      const fs::path path = path_of_id(name.get<std::string>());
      const bool leaves = path.is_absolute() || std::ranges::count(path, fs::path("..")) > 0;
      if (!leaves) names.push_back(path);
    }
  } catch (const Error&) {  // no such file, or not readable
  }
  return names;
}

// Removes files of a model's folder, then its folders that are empty.
void remove_files(const fs::path& model, const std::vector<fs::path>& names) {
  std::error_code ignored;
  std::set<fs::path> folders = {model};
  for (const fs::path& name : names) {
    const fs::path file = model / name;
    if (!fs::is_directory(file, ignored)) fs::remove(file, ignored);
    folders.insert(file.parent_path());
  }
  // In reverse: subfolders first.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) ::rmdir(folder->c_str());
}

// `more`: further members.
void write_pair(const fs::path& directory, const fs::path& text, const nlohmann::json& more) {
  nlohmann::json pair = {{"format", 1},
                         {"text", text.generic_string()},
                         {"image", kImageFolder},
                         {"projection", "none"}};
  pair.update(more);
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

std::vector<std::string> export_text_of_pair(const fs::path& directory, const ModelSource& text,
                                             std::span<const NamedTensor> parameters) {
  const fs::path to = directory / kTextFolder;
  make_folder(to);
  std::vector<std::string> copies = copy_configs(text.path, to);
  write_safetensors(to / kWeightsFile, bert_tensors(text.config_as<BertConfig>(), parameters, ""),
                    FloatStorage::f16);
  return copies;
}

void export_pair_file(const fs::path& directory, const std::vector<std::string>& copies) {
  nlohmann::json more = nlohmann::json::object();
  more[kTextFilesKey] = copies;
  write_pair(directory, kTextFolder, more);
}

void export_pair_file(const fs::path& directory, const fs::path& text,
                      const TextModelOrigin& origin) {
  nlohmann::json members = nlohmann::json::object();
  for (const auto& [key, value] :
       {std::pair{"name", &origin.name}, std::pair{"digest", &origin.digest},
        std::pair{"command", &origin.command}}) {
    if (!value->empty()) members[key] = *value;
  }
  // Relative, so that both may be moved together.
  nlohmann::json more = nlohmann::json::object();
  if (!members.empty()) more["text_model"] = members;
  write_pair(directory, fs::weakly_canonical(text).lexically_relative(fs::canonical(directory)),
             more);
}

void remove_exported_pair(const fs::path& directory) {
  std::error_code ignored;
  std::vector<fs::path> text = recorded_copies(directory);
  fs::remove(directory / kPairFile, ignored);
  text.emplace_back(kConfigFile);
  text.emplace_back(kWeightsFile);
  // A folder without config.json was not written by a run: train.cpp refuses one that has it in a
  // folder of no run.
  const auto is_written = [&](const char* model) {
    return fs::exists(directory / model / kConfigFile, ignored);
  };
  if (is_written(kImageFolder))
    remove_files(directory / kImageFolder, {fs::path(kConfigFile), fs::path(kWeightsFile)});
  if (is_written(kTextFolder)) remove_files(directory / kTextFolder, text);
}

}  // namespace sightline
