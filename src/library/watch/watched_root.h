// WatchedRoot: a folder with all below it, or a single file, of which changes are reported.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>

#include "data/readers/exclude_patterns.h"
#include "library/watch/folder_watch.h"

namespace sightline::library {

// Identifies the folder that a path leads to; {0, 0} if there is none.
struct FolderId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FolderId&) const = default;
};
FolderId folder_id(const std::string& path);

struct WatchedRoot {
  // Throws invalid_argument for a malformed pattern.
  explicit WatchedRoot(const WatchRoot& root);

  bool is_file() const { return id == FolderId() && !missing; }
  // Whether an entry below the root is not reported.
  bool leaves_out(const std::string& below, bool is_folder) const;
  // Whether a link to a folder is followed, which is then noted. As FolderWalk: each folder is
  // visited once.
  bool follows(const std::string& link);
  // Forgets the links that are this path or below it.
  void forget_links(const std::string& below);

  std::string path;
  ExcludePatterns excluded;
  bool include_hidden = false;
  FolderId id;  // of the folder; none for a file
  bool missing = false;
  FolderId mount_point;  // after it was unmounted: the empty folder in its place
  // Followed links, the root included -> canonical paths of their folders.
  std::map<std::string, std::filesystem::path> trees;
};

}  // namespace sightline::library
