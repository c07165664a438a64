#include "data/readers/folder_walk.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"
#include "data/readers/image_files.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

bool contains(const fs::path& tree, const fs::path& path) {
  const auto [end, ignored] = std::mismatch(tree.begin(), tree.end(), path.begin(), path.end());
  return end == tree.end();
}

}  // namespace

FolderWalk::FolderWalk(const fs::path& root, const FolderOptions& options)
    : root_(root), excluded_(options.exclude), include_hidden_(options.include_hidden) {
  std::error_code error;
  trees_.push_back(fs::canonical(root, error));
  if (error) {
    throw Error(ErrorCode::not_found, "cannot open the folder ", quoted(root), ": ",
                error.message());
  }
  fs::directory_iterator probe(root, error);
  if (error) {
    throw Error(ErrorCode::io, "cannot read the folder ", quoted(root), ": ", error.message());
  }
  enter("");
}

std::optional<WalkedFile> FolderWalk::next() {
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.next == level.entries.size()) {
      levels_.pop_back();
      continue;
    }
    Entry& entry = level.entries[level.next++];
    const std::string path = level.prefix + entry.name;
    if (entry.problem) return WalkedFile{path, std::move(entry.problem)};
    if (!path.ends_with('/')) return WalkedFile{path, std::nullopt};
    enter(path);
  }
  return std::nullopt;
}

void FolderWalk::enter(const std::string& prefix) {
  Level level{prefix, {}, 0};
  std::error_code error;
  std::vector<fs::directory_entry> found;
  fs::directory_iterator entries(root_ / prefix, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    found.push_back(*entries);
  }
  std::sort(found.begin(), found.end());  // so that the same one of several links is followed
  for (const auto& item : found) {
    if (auto entry = inspect(item, prefix)) level.entries.push_back(std::move(*entry));
  }
  if (error) level.entries.push_back({"", "cannot read the folder: " + error.message()});
  std::sort(level.entries.begin(), level.entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  levels_.push_back(std::move(level));
}

std::optional<FolderWalk::Entry> FolderWalk::inspect(const fs::directory_entry& entry,
                                                     const std::string& prefix) {
  const std::string name = entry.path().filename().string();
  if (name.starts_with('.') && !include_hidden_) return std::nullopt;
  std::error_code error, ignored;
  const bool link = entry.is_symlink(ignored);
  const fs::file_status target = entry.status(error);
  const bool is_folder = fs::is_directory(target);
  if (excluded_.excludes(prefix + name, is_folder)) return std::nullopt;
  if (!is_folder) return inspect_file(entry, target, error);
  if (link && !should_follow(entry.path())) return std::nullopt;
  return Entry{name + "/", std::nullopt};
}

std::optional<FolderWalk::Entry> FolderWalk::inspect_file(const fs::directory_entry& entry,
                                                          fs::file_status target,
                                                          const std::error_code& error) const {
  const std::string name = entry.path().filename().string();
  const NameKind kind = kind_of_name(name);
  if (kind == NameKind::other) return std::nullopt;
  if (target.type() == fs::file_type::not_found)
    return Entry{name, "the symbolic link is dangling"};
  if (error) return Entry{name, "cannot read its status: " + error.message()};
  if (!fs::is_regular_file(target)) {
    if (kind == NameKind::unknown) return std::nullopt;
    return Entry{name, "it is a pipe, a socket or a device, not a file"};
  }
  if (kind == NameKind::unknown && !begins_like_image(entry.path())) return std::nullopt;
  return Entry{name, std::nullopt};
}

// A followed folder must neither be inside a walked tree nor contain one, so that each folder is
// visited once.
bool FolderWalk::should_follow(const fs::path& link) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error) return false;
  for (const auto& tree : trees_) {
    if (contains(tree, target) || contains(target, tree)) return false;
  }
  trees_.push_back(target);
  return true;
}

}  // namespace sightline
