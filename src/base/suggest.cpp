#include "base/suggest.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "base/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongest = 64;  // longer words are no typing mistakes

// The number of inserted, deleted, replaced or swapped characters between two words.
size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

// The names in a folder, sorted, without hidden ones. Empty: the working directory.
std::vector<std::string> names_in(const fs::path& folder) {
  constexpr size_t kMost = 10'000;
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder.empty() ? fs::path(".") : folder, error);
  for (; !error && entry != fs::directory_iterator() && names.size() < kMost;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.')) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

// nearest_path() of a path whose folder does not exist.
std::string missing_folder(const fs::path& path) {
  std::error_code error;
  fs::path first = path.parent_path();  // the first folder that is missing
  while (first.has_parent_path() && first.parent_path() != first &&
         !fs::exists(first.parent_path(), error))
    first = first.parent_path();
  const fs::path parent = first.parent_path();
  const std::string found = closest(first.filename().string(), names_in(parent));
  const fs::path likely = parent / found / path.lexically_relative(first);
  if (!found.empty() && fs::exists(likely, error)) return "; did you mean " + quoted(likely) + "?";
  return "; the folder " + quoted(first) + " does not exist";
}

}  // namespace

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kLongest) return "";
  size_t least = std::max<size_t>(1, word.size() / 3) + 1;
  std::string best;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < least && distance < candidate.size()) {
      least = distance;
      best = candidate;
    }
  }
  if (!best.empty() || word.size() < 3) return best;
  for (const std::string& candidate : candidates) {
    if (candidate.starts_with(word) || (candidate.size() >= 3 && word.starts_with(candidate)))
      return candidate;
  }
  return "";
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string found = closest(word, candidates);
  return found.empty() ? "" : "; did you mean '" + found + "'?";
}

std::string nearest_path(const fs::path& missing) {
  constexpr size_t kShown = 5;
  std::error_code error;
  fs::path path = missing.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "folder/"
  const fs::path parent = path.parent_path();
  if (!parent.empty() && !fs::exists(parent, error)) return missing_folder(path);
  if (!parent.empty() && !fs::is_directory(parent, error))
    return "; " + quoted(parent) + " is not a folder";
  if (const fs::directory_iterator readable(parent.empty() ? fs::path(".") : parent, error); error)
    return "; the folder " + quoted(parent) + " cannot be read: " + error.message();
  const std::vector<std::string> names = names_in(parent);
  if (const std::string found = closest(path.filename().string(), names); !found.empty())
    return "; did you mean " + quoted(parent / found) + "?";
  if (parent.empty()) return "";
  if (names.empty()) return "; " + quoted(parent) + " is empty";
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i)
    list += std::string(i > 0 ? ", " : "") + quoted(fs::path(names[i]));
  return "; " + quoted(parent) + " has " + list + (names.size() > kShown ? " …" : "");
}

}  // namespace sightline
