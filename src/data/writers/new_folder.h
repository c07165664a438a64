// A data set folder that appears under its name only when it is complete.
#pragma once

#include <filesystem>
#include <memory>

namespace sightline {

class TemporaryPath;

// The content is written to path(), a marked temporary folder (data/unfinished.h) next to the
// target, or in it where the target is a mount point or its parent folder cannot be written. The
// destructor removes the temporary folder; what a killed process has left is removed first.
class NewFolder {
 public:
  // Throws invalid_argument if the target exists and is not an empty folder; io.
  explicit NewFolder(const std::filesystem::path& target);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  const std::filesystem::path& path() const;  // of the temporary folder
  // Writes the content to disk and moves it to the target. Call once. Throws io.
  void finish();

 private:
  void move_content();

  std::filesystem::path target_;
  bool inside_ = false;  // whether the temporary folder is in the target
  std::unique_ptr<TemporaryPath> temporary_;
};

}  // namespace sightline
