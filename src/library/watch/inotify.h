// Inotify: the kernel's notifications of changes in folders (inotify(7)).
#pragma once

#include <sightline/error.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sightline::library {

struct InotifyEvent {
  int watch = -1;
  uint32_t mask = 0;  // IN_CREATE …
  std::string name;   // of the entry in the watched folder; empty: the folder itself
};

class Inotify {
 public:
  Inotify();  // throws io, limit_exceeded
  ~Inotify();
  Inotify(const Inotify&) = delete;
  Inotify& operator=(const Inotify&) = delete;

  // Watches a folder, following symbolic links. Returns its number: that of an earlier call for the
  // same folder, whatever its path. Returns nothing if the folder is gone or cannot be read. Throws
  // limit_exceeded if the system allows no more watches.
  std::optional<int> add(const std::string& folder);
  void remove(int watch);

  // Waits until there are events, stop() was called, or the time is up.
  void wait(std::chrono::milliseconds timeout) const;
  // Returns all events that have happened; does not wait.
  std::vector<InotifyEvent> read();

  void stop();  // thread-safe and async-signal-safe
  bool stopped() const;

 private:
  int events_ = -1, stop_ = -1;
};

// Returns the error for `number` (errno) of inotify_init or inotify_add_watch, with advice about
// the limit that is exceeded. `folder` is empty for the former.
Error inotify_error(int number, const std::string& folder);

}  // namespace sightline::library
