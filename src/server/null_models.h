// Null models of a library, estimated in the background.
#pragma once

#include <sightline/library.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sightline::server {

// Thread-safe.
class NullModels {
 public:
  // Keeps them in `cache`, as library_null_model.
  NullModels(const Library& library, const std::optional<std::filesystem::path>& cache);
  ~NullModels();

  // Returns the newest one of this model and these templates; null if there is none yet. Estimates
  // it, and estimates it again when the collection has changed, at most every few seconds; not if
  // several others wait already.
  std::shared_ptr<const NullModel> find(const std::shared_ptr<const Collection>& collection,
                                        const std::shared_ptr<const Model>& model,
                                        const std::vector<std::string>& templates);

 private:
  using Clock = std::chrono::steady_clock;
  struct Key {
    std::string fingerprint;
    std::vector<std::string> templates;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    std::shared_ptr<const NullModel> model;
    std::weak_ptr<const Collection> of;  // for which it was last looked at
    Clock::time_point checked{}, used{};
    bool waiting = false;
  };
  struct Task {
    Key key;
    std::shared_ptr<const Collection> collection;
    std::shared_ptr<const Model> model;
  };

  bool add_task(Task task);
  void work();
  void forget_oldest();

  const Library& library_;
  const std::optional<std::filesystem::path> cache_;
  std::mutex mutex_;  // of the members below
  std::condition_variable changed_;
  std::map<Key, Entry> entries_;
  std::deque<Task> tasks_;
  std::atomic<bool> stopping_ = false;  // set with the mutex
  std::thread thread_;
};

}  // namespace sightline::server
