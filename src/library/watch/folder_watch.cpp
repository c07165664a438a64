#include "library/watch/folder_watch.h"

#include <sys/inotify.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "library/path_prefix.h"
#include "library/watch/inotify.h"
#include "library/watch/pending_changes.h"
#include "library/watch/watched_folders.h"
#include "library/watch/watched_root.h"

namespace sightline::library {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// The watched folders. Each belongs to one root: the first that reaches it.
class FolderWatch::Tree {
 public:
  Tree(std::vector<WatchRoot> roots, const WatchTimes& times) : times_(times) {
    for (const WatchRoot& root : roots) roots_.emplace_back(root);
    for (size_t root = 0; root < roots_.size(); ++root) {
      if (!watch_root(root)) roots_[root].missing = true;
    }
    next_look_ = Clock::now() + times_.missing_root;
  }

  std::optional<FolderChanges> wait(milliseconds timeout) {
    const Clock::time_point end = Clock::now() + std::clamp(timeout, milliseconds(0), kForever);
    while (!inotify_.stopped()) {
      const Clock::time_point now = Clock::now();
      handle_events(now);
      look_for_missing_roots(now);
      if (FolderChanges changes = take_changes(now); !changes.empty()) return changes;
      if (now >= end) return std::nullopt;
      const auto rest = std::min(end, next_step()) - now;
      // Rounded up, so that it does not spin in the last millisecond.
      inotify_.wait(std::chrono::ceil<milliseconds>(rest));
    }
    return std::nullopt;
  }

  void stop() { inotify_.stop(); }

 private:
  // Returns whether the root exists.
  bool watch_root(size_t at) {
    WatchedRoot& root = roots_[at];
    std::error_code error;
    const fs::file_status status = fs::status(root.path, error);
    if (!fs::exists(status)) return false;
    if (!fs::is_directory(status)) {
      root.missing = false;
      root.id = {};
      folders_.add_file(root.path, at);
      return true;
    }
    const FolderId id = folder_id(root.path);
    if (root.mount_point != FolderId() && id == root.mount_point) return false;
    root.missing = false;
    root.id = id;
    root.trees = {{root.path, fs::canonical(root.path, error)}};
    watch_tree(root.path, at, false, std::nullopt);
    return true;
  }

  // Watches a folder and all below it. With a time, its files are reported then.
  void watch_tree(const std::string& top, size_t root, bool is_link,
                  std::optional<Clock::time_point> due) {
    std::vector<std::pair<std::string, bool>> waiting = {{top, is_link}};
    while (!waiting.empty()) {
      const auto [path, link] = std::move(waiting.back());
      waiting.pop_back();
      if (!folders_.add(path, root, link)) continue;
      // Entries that appear meanwhile are listed here or reported, or both.
      std::error_code error, ignored;
      for (fs::directory_iterator entry(path, error), end; !error && entry != end;
           entry.increment(error)) {
        const bool is_folder = entry->is_directory(ignored);
        std::string below = with_slash(path) + entry->path().filename().string();
        if (roots_[root].leaves_out(below, is_folder)) continue;
        if (!is_folder) {
          if (due) pending_.set(below, PendingChanges::Kind::changed, *due);
          continue;
        }
        const bool below_link = entry->is_symlink(ignored);
        if (!below_link || roots_[root].follows(below)) {
          waiting.emplace_back(std::move(below), below_link);
        }
      }
    }
  }

  void handle_events(Clock::time_point now) {
    std::exception_ptr failure;
    for (const InotifyEvent& event : inotify_.read()) {
      try {
        handle_event(event, now);
      } catch (const Error&) {
        if (!failure) failure = std::current_exception();  // after the other events
      }
    }
    if (failure) std::rethrow_exception(failure);
  }

  void handle_event(const InotifyEvent& event, Clock::time_point now) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return start_again();
    const WatchedFolder* folder = folders_.find(event.watch);
    if (folder == nullptr) return;
    const std::string path = with_slash(folder->path) + event.name;
    if (event.name.empty()) {
      handle_folder_itself(event.watch, event.mask, now);
    } else if (folder->files.empty()) {
      handle_entry(path, event.mask, folder->root, now);
    } else if (folder->files.contains(event.name)) {
      handle_file(path, event.mask, now);
    }
  }

  // Events were lost: every root must be walked again, also here, because folders may be new.
  void start_again() {
    for (size_t root = 0; root < roots_.size(); ++root) {
      if (roots_[root].missing) continue;
      reported_.rescan.insert(roots_[root].path);
      forget_below(roots_[root].path);
      if (!watch_root(root)) lose_root(root);
    }
  }

  void handle_folder_itself(int watch, uint32_t mask, Clock::time_point now) {
    if ((mask & IN_IGNORED) != 0) return folders_.erase(watch);
    if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) == 0) return;
    const WatchedFolder folder = *folders_.find(watch);
    for (size_t at = 0; at < roots_.size(); ++at) {
      WatchedRoot& root = roots_[at];
      const bool is_above = fs::path(root.path).parent_path() == folder.path;
      if (folder.path == root.path && folder_id(root.path) != root.id) {
        if ((mask & IN_UNMOUNT) != 0) root.mount_point = folder_id(root.path);
        lose_root(at);
      } else if (root.is_file() && is_above) {
        lose_root(at);
      }
    }
    if (folder.is_link) remove_folder(folder.path, now);
  }

  void handle_entry(const std::string& path, uint32_t mask, size_t root, Clock::time_point now) {
    const bool is_folder = (mask & IN_ISDIR) != 0;
    if (is_folder) {
      if (roots_[root].leaves_out(path, true)) return;
      if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) remove_folder(path, now);
      if ((mask & (IN_MOVED_TO | IN_CREATE)) != 0) {
        add_folder(path, root, false, (mask & IN_MOVED_TO) != 0, now);
      }
      return;
    }
    // A symbolic link to a folder is not IN_ISDIR.
    std::error_code ignored;
    if ((mask & (IN_MOVED_TO | IN_CREATE)) != 0 && fs::is_symlink(path, ignored) &&
        fs::is_directory(path, ignored)) {
      if (!roots_[root].leaves_out(path, true) && roots_[root].follows(path)) {
        add_folder(path, root, true, true, now);
      }
      return;
    }
    const bool was_link = folders_.contains(path);
    if (was_link && (mask & (IN_MOVED_FROM | IN_DELETE)) != 0) return remove_folder(path, now);
    if (!roots_[root].leaves_out(path, false)) handle_file(path, mask, now);
  }

  void handle_file(const std::string& path, uint32_t mask, Clock::time_point now) {
    using Kind = PendingChanges::Kind;
    if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) {
      pending_.set(path, Kind::removed, now + times_.after_close);
    } else if ((mask & (IN_MOVED_TO | IN_CLOSE_WRITE)) != 0) {
      pending_.set(path, Kind::changed, now + times_.after_close);
    } else if ((mask & (IN_CREATE | IN_MODIFY)) != 0) {
      pending_.set(path, Kind::changed, now + times_.while_open);
    }
  }

  // `is_complete`: its files were there before, so that none is being written.
  void add_folder(const std::string& path, size_t root, bool is_link, bool is_complete,
                  Clock::time_point now) {
    if (pending_.is_removed(path)) {
      // Removed and new entries cannot be told apart by their paths.
      pending_.drop(path);
      reported_.rescan.insert(roots_[root].path);
    }
    watch_tree(path, root, is_link, now + (is_complete ? times_.after_close : times_.while_open));
  }

  void remove_folder(const std::string& path, Clock::time_point now) {
    forget_below(path);
    pending_.set(path, PendingChanges::Kind::removed, now + times_.after_close);
  }

  // A folder that was moved would otherwise still report changes, under its former path.
  void forget_below(const std::string& path) {
    folders_.remove_below(path);
    pending_.drop_below(with_slash(path));
    for (WatchedRoot& root : roots_) root.forget_links(path);
  }

  void lose_root(size_t at) {
    WatchedRoot& root = roots_[at];
    if (root.missing) return;
    root.missing = true;
    forget_below(root.path);
    reported_.rescan.erase(root.path);
    reported_.missing_roots.insert(root.path);
  }

  void look_for_missing_roots(Clock::time_point now) {
    if (now < next_look_) return;
    next_look_ = now + times_.missing_root;
    for (size_t root = 0; root < roots_.size(); ++root) {
      if (!roots_[root].missing || !watch_root(root)) continue;
      reported_.missing_roots.erase(roots_[root].path);
      reported_.rescan.insert(roots_[root].path);
    }
  }

  // A root is also lost if a folder above it was renamed, which causes no event.
  void lose_moved_roots() {
    for (size_t root = 0; root < roots_.size(); ++root) {
      const WatchedRoot& known = roots_[root];
      if (!known.missing && !known.is_file() && folder_id(known.path) != known.id) lose_root(root);
    }
  }

  FolderChanges take_changes(Clock::time_point now) {
    const auto due = pending_.next_due();
    if (due && *due <= now) {
      lose_moved_roots();
      pending_.take_due(now + kSlack, reported_.changed, reported_.removed);
    }
    return std::exchange(reported_, {});
  }

  Clock::time_point next_step() const {
    const bool looking = std::ranges::any_of(roots_, &WatchedRoot::missing);
    Clock::time_point next = looking ? next_look_ : Clock::time_point::max();
    if (const auto due = pending_.next_due()) next = std::min(next, *due);
    return next;
  }

  // Changes that are due so shortly after another one are reported with it.
  static constexpr milliseconds kSlack{20};
  static constexpr milliseconds kForever{int64_t{1} << 40};

  WatchTimes times_;
  Inotify inotify_;
  std::vector<WatchedRoot> roots_;
  WatchedFolders folders_{inotify_};
  PendingChanges pending_;
  FolderChanges reported_;  // by the next return of wait()
  Clock::time_point next_look_;
};

FolderWatch::FolderWatch(std::vector<WatchRoot> roots, const WatchTimes& times)
    : tree_(std::make_unique<Tree>(std::move(roots), times)) {}

FolderWatch::~FolderWatch() = default;

std::optional<FolderChanges> FolderWatch::wait(milliseconds timeout) {
  return tree_->wait(timeout);
}

void FolderWatch::stop() {
  tree_->stop();
}

}  // namespace sightline::library
