#include "library/watch/folder_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <map>
#include <unordered_map>
#include <utility>

#include "data/readers/exclude_patterns.h"
#include "library/path_prefix.h"
#include "library/watch/inotify.h"
#include "library/watch/pending_changes.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

bool contains(const fs::path& tree, const fs::path& path) {
  return std::mismatch(tree.begin(), tree.end(), path.begin(), path.end()).first == tree.end();
}

// Identifies the folder that a path leads to; {0, 0} if there is none.
struct FolderId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FolderId&) const = default;
};

FolderId folder_id(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace

// The watched folders. Each belongs to one root: the first that reaches it.
class FolderWatch::Tree {
 public:
  Tree(std::vector<WatchRoot> roots, const WatchTimes& times) : times_(times) {
    for (WatchRoot& root : roots) {
      roots_.emplace_back(root.path.string(), ExcludePatterns(root.options.exclude),
                          root.options.include_hidden);
    }
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
  struct Root {
    Root(std::string path_, ExcludePatterns excluded_, bool include_hidden_)
        : path(std::move(path_)), excluded(std::move(excluded_)), include_hidden(include_hidden_) {}
    bool is_file() const { return id == FolderId() && !missing; }

    std::string path;
    ExcludePatterns excluded;
    bool include_hidden;
    FolderId id;  // of the folder; none for a file
    bool missing = false;
    FolderId mount_point;  // after it was unmounted: the empty folder in its place
    // Followed links, the root included -> canonical paths of their folders.
    std::map<std::string, fs::path> trees;
  };
  struct Folder {
    std::string path;
    size_t root = 0;
    bool is_link = false;         // events of the folder above tell nothing of where it leads
    std::set<std::string> files;  // not empty: the roots that are single files of this folder
  };

  // Returns whether the root exists.
  bool watch_root(size_t at) {
    Root& root = roots_[at];
    std::error_code error;
    const fs::file_status status = fs::status(root.path, error);
    if (!fs::exists(status)) return false;
    if (!fs::is_directory(status)) {
      root.missing = false;
      root.id = {};
      watch_file(at);
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

  // Watches the folder of a root that is a single file.
  void watch_file(size_t at) {
    const fs::path file = roots_[at].path;
    const std::optional<int> watch = inotify_.add(file.parent_path().string());
    if (!watch) return;
    const std::string name = file.filename().string();
    const auto found = folders_.find(*watch);
    if (found == folders_.end()) {
      insert(*watch, {file.parent_path().string(), at, false, {name}});
    } else if (!found->second.files.empty()) {
      found->second.files.insert(name);
    }
  }

  // Watches a folder and all below it. With a time, its files are reported then.
  void watch_tree(const std::string& top, size_t root, bool is_link,
                  std::optional<Clock::time_point> due) {
    std::vector<std::pair<std::string, bool>> waiting = {{top, is_link}};
    while (!waiting.empty()) {
      const auto [path, link] = std::move(waiting.back());
      waiting.pop_back();
      const std::optional<int> watch = inotify_.add(path);
      if (!watch || !claim(*watch, {path, root, link, {}})) continue;
      // Entries that appear meanwhile are listed here or reported, or both.
      std::error_code error, ignored;
      for (fs::directory_iterator entry(path, error), end; !error && entry != end;
           entry.increment(error)) {
        const bool is_folder = entry->is_directory(ignored);
        std::string below = with_slash(path) + entry->path().filename().string();
        if (left_out(below, root, is_folder)) continue;
        if (!is_folder) {
          if (due) pending_.set(below, PendingChanges::Kind::changed, *due);
          continue;
        }
        const bool below_link = entry->is_symlink(ignored);
        if (!below_link || should_follow(below, root)) {
          waiting.emplace_back(std::move(below), below_link);
        }
      }
    }
  }

  // Returns whether the folder is to be listed: false if another root has it.
  bool claim(int watch, Folder folder) {
    const auto found = folders_.find(watch);
    if (found != folders_.end()) {
      Folder& other = found->second;
      const bool is_known = other.files.empty() && other.path != folder.path &&
                            folder_id(other.path) == folder_id(folder.path);
      if (is_known) return false;  // reached by another path
      erase(watch);
    }
    insert(watch, std::move(folder));
    return true;
  }

  void insert(int watch, Folder folder) {
    watches_.insert_or_assign(folder.path, watch);
    folders_.insert_or_assign(watch, std::move(folder));
  }
  void erase(int watch) {
    const auto found = folders_.find(watch);
    if (found == folders_.end()) return;
    const auto same = watches_.find(found->second.path);
    if (same != watches_.end() && same->second == watch) watches_.erase(same);
    folders_.erase(found);
  }

  bool left_out(const std::string& path, size_t root, bool is_folder) const {
    const Root& options = roots_[root];
    const std::string relative = path.substr(with_slash(options.path).size());
    const size_t slash = relative.rfind('/');
    const std::string_view name =
        std::string_view(relative).substr(slash == std::string::npos ? 0 : slash + 1);
    if (name.starts_with('.') && !options.include_hidden) return true;
    return options.excluded.excludes(relative, is_folder);
  }

  // As FolderWalk: each folder is visited once.
  bool should_follow(const std::string& link, size_t root) {
    std::error_code error;
    const fs::path target = fs::canonical(link, error);
    if (error) return false;
    for (const auto& [path, tree] : roots_[root].trees) {
      if (contains(tree, target) || contains(target, tree)) return false;
    }
    roots_[root].trees.insert_or_assign(link, target);
    return true;
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
    const auto found = folders_.find(event.watch);
    if (found == folders_.end()) return;
    if (event.name.empty()) {
      handle_folder_itself(event.watch, event.mask, now);
    } else if (found->second.files.empty()) {
      handle_entry(event, found->second.root, now);
    } else if (found->second.files.contains(event.name)) {
      handle_file(path_of(event), event.mask, now);
    }
  }

  std::string path_of(const InotifyEvent& event) const {
    return with_slash(folders_.at(event.watch).path) + event.name;
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
    const Folder folder = folders_.at(watch);
    if ((mask & IN_IGNORED) != 0) return erase(watch);
    if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) == 0) return;
    for (size_t at = 0; at < roots_.size(); ++at) {
      Root& root = roots_[at];
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

  void handle_entry(const InotifyEvent& event, size_t root, Clock::time_point now) {
    const std::string path = path_of(event);
    const bool is_folder = (event.mask & IN_ISDIR) != 0;
    if (is_folder) {
      if (left_out(path, root, true)) return;
      if ((event.mask & (IN_MOVED_FROM | IN_DELETE)) != 0) remove_folder(path, now);
      if ((event.mask & (IN_MOVED_TO | IN_CREATE)) != 0) {
        add_folder(path, root, false, (event.mask & IN_MOVED_TO) != 0, now);
      }
      return;
    }
    // A symbolic link to a folder is not IN_ISDIR.
    std::error_code ignored;
    if ((event.mask & (IN_MOVED_TO | IN_CREATE)) != 0 && fs::is_symlink(path, ignored) &&
        fs::is_directory(path, ignored)) {
      if (!left_out(path, root, true) && should_follow(path, root)) {
        add_folder(path, root, true, true, now);
      }
      return;
    }
    const bool was_link = watches_.contains(path);
    if (was_link && (event.mask & (IN_MOVED_FROM | IN_DELETE)) != 0)
      return remove_folder(path, now);
    if (!left_out(path, root, false)) handle_file(path, event.mask, now);
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

  // Ends watching a folder and those below it. A folder that was moved would otherwise still report
  // changes, under its former path.
  void forget_below(const std::string& path) {
    const std::string below = with_slash(path);
    if (const auto same = watches_.find(path); same != watches_.end()) forget(same);
    auto at = watches_.lower_bound(below);
    while (at != watches_.end() && at->first.starts_with(below)) at = forget(at);
    pending_.drop_below(below);
    for (Root& root : roots_) {
      std::erase_if(root.trees, [&](const auto& tree) {
        return tree.first == path || tree.first.starts_with(below);
      });
    }
  }
  std::map<std::string, int>::iterator forget(std::map<std::string, int>::iterator at) {
    inotify_.remove(at->second);
    folders_.erase(at->second);
    return watches_.erase(at);
  }

  void lose_root(size_t at) {
    Root& root = roots_[at];
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
      const Root& known = roots_[root];
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
    const bool looking = std::ranges::any_of(roots_, &Root::missing);
    Clock::time_point next = looking ? next_look_ : Clock::time_point::max();
    if (const auto due = pending_.next_due()) next = std::min(next, *due);
    return next;
  }

  // Changes that are due so shortly after another one are reported with it.
  static constexpr milliseconds kSlack{20};
  static constexpr milliseconds kForever{int64_t{1} << 40};

  WatchTimes times_;
  Inotify inotify_;
  std::vector<Root> roots_;
  std::unordered_map<int, Folder> folders_;  // by inotify's number
  std::map<std::string, int> watches_;       // the number of each path
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
