// FolderLock: exclusive use of a folder by one process.
#pragma once

#include <filesystem>
#include <string>

namespace sightline {

// Holds an exclusive advisory lock on `file`, which is created if missing, until destruction or the
// end of the process. Throws io if another process holds the lock ("<holder> is using '<folder>'")
// or the file cannot be created. Does nothing on a file system without locks.
class FolderLock {
 public:
  FolderLock(const std::filesystem::path& file, const std::string& holder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  bool lock(const std::string& holder);

  std::filesystem::path file_;
  int fd_ = -1;
};

}  // namespace sightline
