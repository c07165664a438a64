#include "data/readers/saved_dataset.h"

#include <sightline/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/file.h"
#include "base/json.h"
#include "data/readers/columns.h"
#include "data/readers/shard_names.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMaxStateBytes = 16 << 20;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

json read_state(const fs::path& file) {
  return parse_json(read_text_file(file, kMaxStateBytes), file.string());
}

[[noreturn]] void fail(const fs::path& file, const std::string& expected) {
  throw Error(ErrorCode::invalid_data, "'", file.string(),
              "' is not what save_to_disk of Hugging Face datasets writes: expected ", expected);
}

// Returns the files that state.json in `folder` lists.
std::vector<fs::path> listed_files(const fs::path& folder) {
  const fs::path state_file = folder / "state.json";
  const json state = read_state(state_file);
  if (!state.is_object() || !state.contains("_data_files") || !state["_data_files"].is_array() ||
      state["_data_files"].empty()) {
    fail(state_file, "a list '_data_files'");
  }
  std::vector<fs::path> files;
  for (const json& entry : state["_data_files"]) {
    if (!entry.is_object() || !entry.contains("filename") || !entry["filename"].is_string())
      fail(state_file, "the file names in '_data_files'");
    const std::string name = entry["filename"];
    if (const auto problem = path_problem(name); !problem.empty()) fail(state_file, problem);
    files.push_back(folder / name);
    if (!is_file(files.back())) {
      throw Error(ErrorCode::not_found, "'", state_file.string(), "' lists the file '",
                  files.back().string(), "', which does not exist");
    }
  }
  return files;
}

// Returns the folders that dataset_dict.json names.
std::vector<fs::path> split_folders(const fs::path& folder) {
  const fs::path dict_file = folder / "dataset_dict.json";
  const json dict = read_state(dict_file);
  if (!dict.is_object() || !dict.contains("splits") || !dict["splits"].is_array())
    fail(dict_file, "a list 'splits'");
  std::vector<fs::path> folders;
  for (const json& split : dict["splits"]) {
    if (!split.is_string()) fail(dict_file, "names in 'splits'");
    const std::string name = split;
    if (const auto problem = path_problem(name); !problem.empty()) fail(dict_file, problem);
    folders.push_back(folder / name);
  }
  return folders;
}

std::string split_of_file(const fs::path& file) {
  const fs::path folder = file.parent_path();
  if (is_file(folder.parent_path() / "dataset_dict.json")) return folder.filename().string();
  if (is_file(folder / "state.json")) {
    const json state = read_state(folder / "state.json");
    const auto split = state.find("_split");
    return split != state.end() && split->is_string() ? split->get<std::string>() : "";
  }
  return split_of_shard_name(file);
}

}  // namespace

std::vector<fs::path> find_saved_dataset(const fs::path& folder) {
  std::vector<fs::path> files;
  if (is_file(folder / "dataset_dict.json")) {
    for (const auto& split : split_folders(folder)) {
      const auto more = listed_files(split);
      files.insert(files.end(), more.begin(), more.end());
    }
    return files;
  }
  if (is_file(folder / "state.json") && is_file(folder / "dataset_info.json"))
    return listed_files(folder);
  std::error_code error;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    if (at->path().extension() == ".arrow" && is_file(at->path())) files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> saved_splits(const std::vector<fs::path>& files) {
  std::vector<std::string> splits;
  for (const auto& file : files) splits.push_back(split_of_file(file));
  return splits;
}

}  // namespace sightline
