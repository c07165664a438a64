// Files and folders under a temporary name, which replace their target when they are complete.
#pragma once

#include <filesystem>

namespace sightline {

// A file "NAME.tmp.PID.N" or a hidden folder ".NAME.tmp.PID.N" next to its target NAME, so that
// readers see either the old or the complete new content. (Readers of data sets skip hidden
// folders.) The object holds a lock (flock) on it, by which remove_leftovers() recognizes what a
// killed process has left. Not thread-safe.
class TemporaryPath {
 public:
  enum class Kind { file, folder };
  // Creates it, empty. `target` is the path to replace, write_target() of what a user named.
  // Throws io, or not_found if the folder of the target does not exist.
  TemporaryPath(const std::filesystem::path& target, Kind kind);
  ~TemporaryPath();  // removes it unless commit() was called
  TemporaryPath(const TemporaryPath&) = delete;
  TemporaryPath& operator=(const TemporaryPath&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& target() const { return target_; }
  // A file: open for writing. A folder: open for reading.
  int descriptor() const { return fd_; }

  // Renames it to the target. A target that is a folder must be empty. Throws io.
  void commit();

 private:
  bool create();
  void close();

  std::filesystem::path target_, path_;
  Kind kind_;
  int fd_ = -1;
};

// Removes temporary files and folders of `target` whose process has ended. Errors are ignored: the
// names are not used again.
void remove_leftovers(const std::filesystem::path& target);

// Removes the temporary files and folders of this process, for a program that ends without
// destroying its objects. Thread-safe.
void remove_own_temporaries();

}  // namespace sightline
