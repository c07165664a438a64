// Files and folders under a temporary name, which replace their target when they are complete.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace sightline {

// A file "NAME.tmp.PID.N" or a hidden folder ".NAME.tmp.PID.N" next to its target NAME, so that
// readers see either the old or the complete new content. (Readers of data sets skip hidden
// folders.) The object holds a lock (flock) on it, by which remove_leftovers() recognizes what a
// killed process has left. On a file system without locks the name ends in ".unlocked" instead, and
// remove_leftovers() leaves it. Not thread-safe.
class TemporaryPath {
 public:
  enum class Kind { file, folder, scratch };  // scratch: a folder that other users cannot read
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
  bool lock();
  void close();

  std::filesystem::path target_, path_;
  Kind kind_;
  bool locks_ = true;  // the file system has locks, as far as is known
  int fd_ = -1;
};

// A new, empty folder in the system's folder for temporary files, which the destructor removes with
// its content. Not thread-safe.
class ScratchFolder {
 public:
  ScratchFolder();  // throws io
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryPath folder_;
};

// Removes temporary files and folders of `target` whose process has ended, unless the file system
// has no locks. Errors are ignored: the names are not used again. Safe while other processes create
// temporary files of the same target, or remove left-over ones.
void remove_leftovers(const std::filesystem::path& target);
// Removes those in `folder` of every target whose name `is_target` accepts.
void remove_leftovers(const std::filesystem::path& folder,
                      const std::function<bool(const std::string& name)>& is_target);

// Removes the temporary files and folders of this process, for a program that ends without
// destroying its objects. Other threads may still write to them. Thread-safe.
void remove_own_temporaries();

}  // namespace sightline
