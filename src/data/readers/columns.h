// Choosing columns and rows: the rules that every kind of data set shares.
#pragma once

#include <sightline/dataset.h>
#include <sightline/error.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace sightline {

inline std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text.empty() ? "none" : text;
}

// The first of the names that captions usually have, or "".
inline std::string usual_text_column(const std::vector<std::string>& candidates) {
  for (const char* name : {"text", "caption", "captions", "texts", "sentences", "sentence", "raw",
                           "sentences_raw", "description", "title", "alt_text"}) {
    if (std::find(candidates.begin(), candidates.end(), name) != candidates.end()) return name;
  }
  return {};
}

// The text column among `candidates` (columns that hold strings or lists of strings): the wanted
// one, else the first usual name, else the only candidate, else "" (no captions).
// Throws not_found where the wanted column is not there.
inline std::string choose_text_column(const std::vector<std::string>& candidates,
                                      const std::string& wanted, const std::string& dataset) {
  if (!wanted.empty()) {
    if (std::find(candidates.begin(), candidates.end(), wanted) != candidates.end()) return wanted;
    throw Error(ErrorCode::not_found, "'", dataset, "' has no text column '", wanted,
                "'; found: ", join_names(candidates));
  }
  if (auto usual = usual_text_column(candidates); !usual.empty()) return usual;
  return candidates.size() == 1 ? candidates.front() : std::string();
}

// Which rows DatasetOptions::split asks for, and which of the names have been met.
class SplitFilter {
 public:
  explicit SplitFilter(const std::string& option) {
    for (size_t begin = 0; begin <= option.size();) {
      const size_t end = std::min(option.find(',', begin), option.size());
      const size_t first = option.find_first_not_of(' ', begin);
      if (first < end) {
        wanted_.insert(option.substr(first, option.find_last_not_of(' ', end - 1) - first + 1));
      }
      begin = end + 1;
    }
  }
  bool all() const { return wanted_.empty(); }
  bool accepts(const std::string& split) {
    met_.insert(split);
    return all() || wanted_.contains(split);
  }
  const std::set<std::string>& wanted() const { return wanted_; }
  // At the end of the rows. Throws not_found for a wanted name that no row had.
  void check_all_met(const std::string& dataset) const {
    for (const auto& name : wanted_) {
      if (!met_.contains(name)) {
        throw Error(ErrorCode::not_found, "'", dataset, "' has no row of the split '", name,
                    "'; found: ", join_names({met_.begin(), met_.end()}));
      }
    }
  }

 private:
  std::set<std::string> wanted_, met_;
};

// "validation" for "validation-00000-of-00002": the name in front of the first '-', '.', '_'.
inline std::string split_of_stem(const std::string& stem) {
  return stem.substr(0, stem.find_first_of("-._"));
}

// The split of a parquet file: of its name, or of its folder where the name is only a number, as in
// the Hub's conversions (default/train/0000.parquet; partial-train where it was cut short).
inline std::string split_of_parquet(const std::filesystem::path& path) {
  const std::string stem = path.stem().string();
  if (stem.empty() || stem.find_first_not_of("0123456789") != stem.npos) return split_of_stem(stem);
  const std::string folder = path.parent_path().filename().string();
  return folder.starts_with("partial-") ? folder.substr(8) : folder;
}

// What is wrong with a path that a data set names, or "": it must stay inside the data set's
// folder. Symbolic links are followed, since the Hugging Face cache is made of them.
inline std::string path_problem(const std::string& path) {
  if (path.empty()) return "the file name is empty";
  if (path.find('\0') != std::string::npos) return "the file name holds a zero byte";
  const std::filesystem::path parts(path);
  if (parts.is_absolute()) return "the file name '" + path + "' is an absolute path";
  for (const auto& part : parts) {
    if (part == "..") return "the file name '" + path + "' leaves the data set's folder";
  }
  return {};
}

}  // namespace sightline
