// The lock that huggingface_hub takes while it downloads a blob.
#pragma once

#include <filesystem>

#include "hub/http.h"

namespace sightline::hub {

// An exclusive flock(2) on a file, made if missing (mode 0664) and left behind, so that whoever
// waits for it and whoever comes later lock the same file. Python's filelock does the same, so the
// two exclude each other. Waits; throws cancelled when `stop` says so, io.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file, const StopFn& stop = {});
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // False where the file system has no such locks: others may be at work on the same files.
  bool held() const { return held_; }

 private:
  int fd_ = -1;
  bool held_ = false;
};

}  // namespace sightline::hub
