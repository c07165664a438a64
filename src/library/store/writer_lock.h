// WriterLock: at most one process writes to a library.
#pragma once

#include <sightline/progress.h>

#include <filesystem>
#include <optional>
#include <string>

namespace sightline::library {

// Holds an exclusive advisory lock on `file`, created if missing, until destruction or the end of
// the process. The file's text says who holds it.
class WriterLock {
 public:
  // `purpose`: what this process does, such as "sightline index". With `wait`, waits for another
  // writer, with progress; otherwise throws io that names its purpose and process. Throws io if the
  // file cannot be written or its file system has no locks; what `progress` throws.
  WriterLock(const std::filesystem::path& file, const std::string& purpose, bool wait,
             const ProgressFn& progress);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  bool try_lock();

  std::filesystem::path file_;
  int fd_ = -1;
};

// Who holds the lock, "'sightline index' (process 4711 on host)"; nothing if nobody does.
std::optional<std::string> lock_holder(const std::filesystem::path& file);

}  // namespace sightline::library
