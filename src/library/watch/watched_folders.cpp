#include "library/watch/watched_folders.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "library/path_prefix.h"
#include "library/watch/watched_root.h"

namespace sightline::library {

bool WatchedFolders::add(const std::string& path, size_t root, bool is_link) {
  const std::optional<int> watch = inotify_.add(path);
  if (!watch) return false;
  if (const WatchedFolder* other = find(*watch)) {
    const bool is_known =
        other->files.empty() && other->path != path && folder_id(other->path) == folder_id(path);
    if (is_known) return false;
    erase(*watch);
  }
  insert(*watch, {path, root, is_link, {}});
  return true;
}

void WatchedFolders::add_file(const std::string& file, size_t root) {
  const std::filesystem::path path = file;
  const std::string folder = path.parent_path().string(), name = path.filename().string();
  const std::optional<int> watch = inotify_.add(folder);
  if (!watch) return;
  const auto found = folders_.find(*watch);
  if (found == folders_.end()) {
    insert(*watch, {folder, root, false, {name}});
  } else if (!found->second.files.empty()) {
    found->second.files.insert(name);
  }
}

const WatchedFolder* WatchedFolders::find(int watch) const {
  const auto found = folders_.find(watch);
  return found == folders_.end() ? nullptr : &found->second;
}

void WatchedFolders::insert(int watch, WatchedFolder folder) {
  watches_.insert_or_assign(folder.path, watch);
  folders_.insert_or_assign(watch, std::move(folder));
}

void WatchedFolders::erase(int watch) {
  const auto found = folders_.find(watch);
  if (found == folders_.end()) return;
  const auto same = watches_.find(found->second.path);
  if (same != watches_.end() && same->second == watch) watches_.erase(same);
  folders_.erase(found);
}

void WatchedFolders::remove_below(const std::string& path) {
  const std::string below = with_slash(path);
  if (const auto same = watches_.find(path); same != watches_.end()) remove(same);
  auto at = watches_.lower_bound(below);
  while (at != watches_.end() && at->first.starts_with(below)) at = remove(at);
}

WatchedFolders::Watches::iterator WatchedFolders::remove(Watches::iterator at) {
  inotify_.remove(at->second);
  folders_.erase(at->second);
  return watches_.erase(at);
}

}  // namespace sightline::library
