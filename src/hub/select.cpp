#include "hub/select.h"

#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "hub/names.h"
#include "hub/text.h"
#include "image/extensions.h"

namespace sightline::hub {
namespace {

using Paths = std::set<std::string>;

bool ends_with_any(const std::string& name, std::initializer_list<const char*> endings) {
  return std::ranges::any_of(endings, [&](const char* ending) { return name.ends_with(ending); });
}

bool is_small_model_file(const std::string& name) {
  static const Paths kNames = {"config.json",
                               "tokenizer.json",
                               "vocab.json",
                               "vocab.txt",
                               "merges.txt",
                               "added_tokens.json",
                               "special_tokens_map.json",
                               "modules.json",
                               "config_sentence_transformers.json",
                               "bpe_simple_vocab_16e6.txt.gz",
                               "bpe_simple_vocab_16e6.txt"};
  return kNames.contains(name) || name.ends_with("_config.json");
}

// Files that trainers save in addition to the weights.
bool is_training_state(const std::string& name) {
  return ends_with_any(name, {"optimizer.pt", "optimizer.bin", "scheduler.pt", "training_args.bin",
                              "scaler.pt"}) ||
         name.starts_with("rng_state");
}

// Returns the only file with one of the endings, or an empty string if there is none or several.
std::string find_only_file(const Paths& names, std::initializer_list<const char*> endings) {
  std::string found;
  for (const auto& name : names) {
    if (!ends_with_any(name, endings) || is_training_state(name)) continue;
    if (name.find("-of-") != name.npos) continue;  // a shard, which is unusable without its index
    if (!found.empty()) return "";
    found = name;
  }
  return found;
}

std::string find_weights(const Paths& names) {
  const bool open_clip = names.contains("open_clip_config.json");
  const auto has = [&](const char* name) { return names.contains(name); };
  // In OpenCLIP's repositories, model.safetensors may contain only timm's image tower.
  for (const char* name :
       {"open_clip_model.safetensors", "open_clip_model.safetensors.index.json"}) {
    if (open_clip && has(name)) return name;
  }
  for (const char* name : {"model.safetensors", "model.safetensors.index.json"}) {
    if (has(name)) return name;
  }
  if (const auto name = find_only_file(names, {".safetensors"}); !name.empty()) return name;
  if (open_clip && has("open_clip_pytorch_model.bin")) return "open_clip_pytorch_model.bin";
  for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (has(name)) return name;
  }
  if (const auto name = find_only_file(names, {".bin", ".pt", ".pth"}); !name.empty()) return name;
  return find_only_file(names, {".gguf"});
}

// The files of one directory of a repository, without subdirectories.
Selection select_model_files(const Paths& names) {
  Selection selection;
  const std::string weights = find_weights(names);
  // With OpenCLIP's weights, config.json describes other weights and would be misleading.
  const bool open_clip = weights.starts_with("open_clip_");
  for (const auto& name : names) {
    if (name == weights || (is_small_model_file(name) && !(open_clip && name == "config.json"))) {
      selection.files.push_back(name);
    }
  }
  selection.usable = !weights.empty();
  if (weights.ends_with(".index.json")) selection.index = weights;
  return selection;
}

// Returns whether it is the directory of one of sentence-transformers' modules: "1_Pooling".
bool is_module_directory(const std::string& name) {
  const size_t digits = name.find_first_not_of("0123456789");
  return digits != 0 && digits != name.npos && name[digits] == '_';
}

// Adds the files of an ONNX export, if the directories have one: immich's two towers, or the whole
// model or the towers of transformers.js, with their external data.
void add_onnx_files(const std::map<std::string, Paths>& directories, Selection& selection) {
  const auto has = [&](const std::string& directory, const std::string& name) {
    const auto found = directories.find(directory);
    return found != directories.end() && found->second.contains(name);
  };
  const auto add = [&](const std::string& directory, const std::string& prefix) {
    for (const auto& name : directories.at(directory)) {
      if (name.starts_with(prefix)) selection.files.push_back(directory + "/" + name);
    }
    selection.usable = true;
  };
  if (has("visual", "model.onnx") && has("textual", "model.onnx")) {
    add("visual", "");
    add("textual", "");
  } else if (has("onnx", "model.onnx")) {
    add("onnx", "model.onnx");
  } else if (has("onnx", "text_model.onnx") && has("onnx", "vision_model.onnx")) {
    add("onnx", "text_model.onnx");
    add("onnx", "vision_model.onnx");
  }
  std::ranges::sort(selection.files);
}

Selection select_model(const std::vector<std::string>& paths) {
  Paths names;
  std::map<std::string, Paths> directories;  // file names
  for (const auto& path : paths) {
    const size_t slash = path.find('/');
    if (slash == path.npos) {
      names.insert(path);
    } else if (path.find('/', slash + 1) == path.npos) {
      directories[path.substr(0, slash)].insert(path.substr(slash + 1));
    }
  }
  Selection selection = select_model_files(names);
  if (!selection.usable) add_onnx_files(directories, selection);
  if (!names.contains("modules.json")) return selection;
  for (const auto& [directory, files] : directories) {
    if (!is_module_directory(directory)) continue;
    const Selection module = select_model_files(files);
    for (const auto& file : module.files) selection.files.push_back(directory + "/" + file);
    selection.usable = selection.usable || module.usable;
  }
  return selection;
}

bool is_metadata(const std::string& path) {
  return ends_with_any(path, {".jsonl", ".json", ".csv", ".tsv", ".txt", ".token"});
}

Selection select_dataset(const std::vector<std::string>& paths) {
  const auto is_parquet = [](const std::string& path) { return path.ends_with(".parquet"); };
  const auto is_tar = [](const std::string& path) { return path.ends_with(".tar"); };
  Selection selection;
  const bool parquet = std::ranges::any_of(paths, is_parquet);
  const bool tar = std::ranges::any_of(paths, is_tar);
  for (const auto& path : paths) {
    const bool hidden = path.starts_with('.') || path.find("/.") != path.npos;
    if (hidden) continue;
    const bool wanted = parquet ? is_parquet(path)
                        : tar   ? is_tar(path) || is_metadata(path)
                                : image::has_image_extension(path) || is_metadata(path);
    if (wanted) selection.files.push_back(path);
    selection.usable =
        selection.usable || is_parquet(path) || is_tar(path) || image::has_image_extension(path);
  }
  std::ranges::sort(selection.files);
  return selection;
}

}  // namespace

Selection select_files(const std::vector<std::string>& paths, RepoKind kind) {
  return kind == RepoKind::model ? select_model(paths) : select_dataset(paths);
}

std::vector<std::string> shards_of(const std::string& index_json, const std::string& where) {
  const nlohmann::json index = parse_json(index_json, where);
  std::set<std::string> shards;
  try {
    const auto& map = index.at("weight_map").get_ref<const nlohmann::json::object_t&>();
    for (const auto& [tensor, file] : map) shards.insert(file.get<std::string>());
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::invalid_data, where,
                " is not a shard index ({\"weight_map\": {tensor: file}})");
  }
  for (const auto& shard : shards) check_repo_path(shard, where);
  return {shards.begin(), shards.end()};
}

}  // namespace sightline::hub
