// Keeps a server's library up to date in the background.
#pragma once

#include <sightline/library.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/served_library.h"

namespace sightline::server {

struct IndexProgress {
  std::string stage;
  int64_t done = 0, total = -1;
  double seconds = 0;
};

struct IndexState {
  bool running = false;                   // in this process
  bool watching = false;                  // follows the folders
  std::optional<IndexProgress> progress;  // of the run
  std::optional<IndexSummary> last;       // of the last run or change
  std::string problem;                    // of the last run, if it failed
};

// Thread-safe.
class IndexRunner {
 public:
  IndexRunner(ServedLibrary& library, std::function<void(const std::string&)> log);
  ~IndexRunner();

  // Starts an update of all roots and data sets, with the active model; with `watch`, follows the
  // roots afterwards until stop(). Throws io if another process writes, invalid_argument if one
  // runs here.
  void start(bool watch);
  // Ends an update soon; what was indexed is kept. Throws invalid_argument, and changes nothing,
  // while the roots are followed: whoever started the server decided that.
  void cancel();
  IndexState state() const;
  void stop();  // cancels and waits

 private:
  void run(LibraryWriter writer, bool watch);
  void index(LibraryWriter& writer, bool watch);
  void set_progress(const ProgressUpdate& update);

  ServedLibrary& library_;
  std::function<void(const std::string&)> log_;
  std::mutex control_;        // of start() and stop()
  mutable std::mutex mutex_;  // of state_ and started_
  IndexState state_;
  std::chrono::steady_clock::time_point started_;
  std::atomic<bool> cancelled_ = false;
  std::thread thread_;
};

}  // namespace sightline::server
