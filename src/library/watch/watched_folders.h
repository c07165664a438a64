// WatchedFolders: the folders that inotify watches, by its numbers and by their paths.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "library/watch/inotify.h"

namespace sightline::library {

struct WatchedFolder {
  std::string path;
  size_t root = 0;              // number of the first root that reaches it
  bool is_link = false;         // events of the folder above tell nothing of where it leads
  std::set<std::string> files;  // not empty: the roots that are single files of this folder
};

// Not thread-safe. add() and add_file() throw what Inotify::add throws.
class WatchedFolders {
 public:
  explicit WatchedFolders(Inotify& inotify) : inotify_(inotify) {}

  // Watches a folder. Returns whether it is to be listed: false if it cannot be watched, or is
  // watched already by another path.
  bool add(const std::string& path, size_t root, bool is_link);
  // Watches the folder of a root that is a single file.
  void add_file(const std::string& file, size_t root);

  // Null if there is none.
  const WatchedFolder* find(int watch) const;
  bool contains(const std::string& path) const { return watches_.contains(path); }

  // Forgets a folder that inotify no longer watches.
  void erase(int watch);
  // Ends watching a folder and those below it.
  void remove_below(const std::string& path);

 private:
  using Watches = std::map<std::string, int>;

  void insert(int watch, WatchedFolder folder);
  Watches::iterator remove(Watches::iterator at);

  Inotify& inotify_;
  std::unordered_map<int, WatchedFolder> folders_;
  Watches watches_;
};

}  // namespace sightline::library
