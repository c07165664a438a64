// One process at a time in a folder.
#pragma once

#include <filesystem>
#include <string>

namespace sightline {

// Holds an advisory lock on `file` (made if missing) until the object ends; a killed process gives
// its lock up. Throws io where another process holds it ("<holder> is using ...") or the file
// cannot be made.
class FolderLock {
 public:
  FolderLock(const std::filesystem::path& file, const std::string& holder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path file_;
  int fd_ = -1;
};

}  // namespace sightline
