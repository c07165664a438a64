// File lock compatible with the one that huggingface_hub holds while it downloads a blob.
#pragma once

#include <filesystem>

#include "hub/http.h"

namespace sightline::hub {

// Holds an exclusive flock(2) on a file, which is created if missing (mode 0664) and never removed,
// because processes that wait for the lock must all lock the same file. Compatible with Python's
// filelock. The constructor waits for the lock; throws cancelled when `stop` returns true, and io.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file, const StopFn& stop = {});
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // False if the file system does not support locks; other processes may then use the same files.
  bool held() const { return held_; }

 private:
  int fd_ = -1;
  bool held_ = false;
};

}  // namespace sightline::hub
