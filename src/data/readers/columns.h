// Rules for choosing columns and rows, shared by all data set formats.
#pragma once

#include <sightline/dataset.h>
#include <sightline/error.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "data/no_image.h"
#include "data/split_names.h"

namespace sightline {

inline std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text.empty() ? "none" : text;
}

// Returns the element of `names` that equals `name`, else the first that equals it but for the case
// of ASCII letters, else "".
inline std::string find_name(const std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  const std::string lower_name = lower(name);
  const auto same = [&](const std::string& other) { return lower(other) == lower_name; };
  const auto found = std::find_if(names.begin(), names.end(), same);
  return found == names.end() ? std::string() : *found;
}

// Whether a text in place of a file name is a URL.
inline bool is_web_address(std::string_view text) {
  return text.find("://") != text.npos;
}
inline constexpr char kDownloadAdvice[] =
    "; images are not downloaded: download them first, for example with img2dataset, and name "
    "their files";

// Selects the rows of the splits in DatasetOptions::split, and records which splits were seen.
class SplitFilter {
 public:
  explicit SplitFilter(const std::string& option) : wanted_(split_names(option)) {}
  bool all() const { return wanted_.empty(); }
  bool accepts(const std::string& split) {
    seen_.insert(split);
    return all() || wanted_.contains(split);
  }
  const std::set<std::string>& wanted() const { return wanted_; }
  // Call it after the last row. Throws not_found if no row had one of the requested splits.
  void check_all_seen(const std::string& dataset) const {
    if (!wanted_.empty() && seen_.empty()) throw_no_image(dataset);
    for (const auto& name : wanted_) {
      if (!seen_.contains(name)) {
        throw Error(ErrorCode::not_found, "'", dataset, "' has no rows of the split '", name,
                    "'; found: ", join_names({seen_.begin(), seen_.end()}));
      }
    }
  }

 private:
  std::set<std::string> wanted_, seen_;
};

// Returns the part before the first '-', '.' or '_': "validation" for "validation-00000-of-00002".
inline std::string split_of_stem(const std::string& stem) {
  return stem.substr(0, stem.find_first_of("-._"));
}

// Returns the split of a parquet file. It is part of the file's name; if the name is only a number,
// it is the folder's name, as in the Hub's automatic conversion (default/train/0000.parquet;
// partial-train if the conversion was truncated).
inline std::string split_of_parquet(const std::filesystem::path& path) {
  const std::string stem = path.stem().string();
  if (stem.empty() || stem.find_first_not_of("0123456789") != stem.npos) return split_of_stem(stem);
  const std::string folder = path.parent_path().filename().string();
  return folder.starts_with("partial-") ? folder.substr(8) : folder;
}

// Returns why a path that a data set names must not be opened, or "". The path must stay inside the
// data set's folder. Symbolic links are followed, since the Hugging Face cache consists of them.
inline std::string path_problem(const std::string& path) {
  if (path.empty()) return "the file name is empty";
  if (path.find('\0') != std::string::npos) return "the file name contains a zero byte";
  const std::filesystem::path parts(path);
  if (parts.is_absolute()) return "the file name '" + path + "' is an absolute path";
  for (const auto& part : parts) {
    if (part == "..") return "the file name '" + path + "' leaves the data set's folder";
  }
  return {};
}

}  // namespace sightline
