// FolderWatch: reports changes of files below folders.
#pragma once

#include <sightline/dataset.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sightline::library {

// A folder with all below it, or a single file.
struct WatchRoot {
  std::filesystem::path path;  // absolute, without "." and ".." and without '/' at its end
  FolderOptions options;       // what is left out; not for a single file
};

struct WatchTimes {
  // Time for which a file must be left alone before it is reported: after it was closed or renamed,
  // and while the program that writes it may still have it open.
  std::chrono::milliseconds after_close{200};
  std::chrono::milliseconds while_open{1000};
  // Interval at which roots that do not exist are looked for.
  std::chrono::milliseconds missing_root{1000};
};

// Absolute paths, raw bytes: the path of a root followed by that of the entry.
struct FolderChanges {
  // Files that are new or were written, images and all others that the root's options do not leave
  // out (also sidecars). They may be gone again.
  std::set<std::string> changed;
  // Files and folders that are gone; a folder stands for all below it.
  std::set<std::string> removed;
  // Roots that must be walked again, because events were lost or because they exist again.
  std::set<std::string> rescan;
  // Roots that were removed, moved away or unmounted. Their files are not in `removed`, except
  // those that were removed one by one before. When a root exists again, it is in `rescan`.
  std::set<std::string> missing_roots;

  bool empty() const {
    return changed.empty() && removed.empty() && rescan.empty() && missing_roots.empty();
  }
};

// Follows the changes of local files by inotify; changes that other machines make in a network
// folder are not noticed. New folders are watched too, with the files that they had before. A
// renamed file is in `removed` and `changed` of the same changes. Symbolic links to folders are
// followed as by FolderWalk (data/readers/folder_walk.h).
// Memory: about 200 bytes for each folder.
// Not thread-safe, except stop().
class FolderWatch {
 public:
  // Changes after the constructor's return are reported. Roots that do not exist yet are watched as
  // soon as they do. Throws limit_exceeded, naming the setting, if the system allows no more
  // watches; invalid_argument for a malformed pattern; io.
  explicit FolderWatch(std::vector<WatchRoot> roots, const WatchTimes& times = {});
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Waits for changes that are complete. Returns nothing after `timeout` or stop(). Throws
  // limit_exceeded if a new folder cannot be watched; other folders still are.
  std::optional<FolderChanges> wait(std::chrono::milliseconds timeout);

  // Ends the current and all later calls of wait(). Thread-safe and async-signal-safe.
  void stop();

 private:
  class Tree;
  std::unique_ptr<Tree> tree_;
};

}  // namespace sightline::library
