// PendingChanges: paths that wait until they have been left alone.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace sightline::library {

using Clock = std::chrono::steady_clock;

// The last change of each path, and when it is to be reported. Each call takes logarithmic time.
class PendingChanges {
 public:
  enum class Kind { changed, removed };

  // A later change replaces the earlier one of the same path.
  void set(const std::string& path, Kind kind, Clock::time_point due) {
    drop(path);
    changes_.emplace(path, Change{kind, due});
    queue_.emplace(due, path);
  }
  bool is_removed(const std::string& path) const {
    const auto found = changes_.find(path);
    return found != changes_.end() && found->second.kind == Kind::removed;
  }
  void drop(const std::string& path) {
    const auto found = changes_.find(path);
    if (found != changes_.end()) drop(found);
  }
  // Drops what is below a folder, whose path ends in '/'.
  void drop_below(const std::string& folder) {
    auto at = changes_.lower_bound(folder);
    while (at != changes_.end() && at->first.starts_with(folder)) at = drop(at);
  }

  std::optional<Clock::time_point> next_due() const {
    return queue_.empty() ? std::nullopt : std::optional(queue_.begin()->first);
  }
  // Moves the paths that are due at `time` to `changed` and `removed`.
  void take_due(Clock::time_point time, std::set<std::string>& changed,
                std::set<std::string>& removed) {
    while (!queue_.empty() && queue_.begin()->first <= time) {
      const auto found = changes_.find(queue_.begin()->second);
      (found->second.kind == Kind::changed ? changed : removed).insert(found->first);
      drop(found);
    }
  }

 private:
  struct Change {
    Kind kind = Kind::changed;
    Clock::time_point due;
  };
  using Changes = std::map<std::string, Change>;

  Changes::iterator drop(Changes::iterator at) {
    queue_.erase({at->second.due, at->first});
    return changes_.erase(at);
  }

  Changes changes_;
  std::set<std::pair<Clock::time_point, std::string>> queue_;
};

}  // namespace sightline::library
