// Lists the images below a folder in the order of their paths.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/readers/exclude_patterns.h"

namespace sightline {

struct WalkedFile {
  std::string path;                    // relative to the root, separated by '/'
  std::optional<std::string> problem;  // why the folder or file cannot be read
};

// Visits the images, sorted by the bytes of their relative paths. An image is a regular file with
// the extension of an image format or, if the extension is unknown, one that begins like an image;
// other files are passed over (image_files.h). Names that begin with '.' and excluded ones are
// skipped (FolderOptions). Dangling links, and pipes or devices with an image's name, are returned
// with a problem. A symbolic link to a folder is followed unless the walk visits that folder
// anyway, so loops end. Memory: the entries of the folders on the current path, not of the whole
// tree.
class FolderWalk {
 public:
  // Throws not_found, io; invalid_argument for a malformed pattern.
  explicit FolderWalk(const std::filesystem::path& root, const FolderOptions& options = {});
  std::optional<WalkedFile> next();  // nothing at the end

 private:
  struct Entry {
    std::string name;  // folders end in '/', so that sorting names sorts whole paths
    std::optional<std::string> problem;
  };
  struct Level {
    std::string prefix;
    std::vector<Entry> entries;
    size_t next = 0;
  };
  void enter(const std::string& prefix);
  bool should_follow(const std::filesystem::path& link);
  std::optional<Entry> inspect(const std::filesystem::directory_entry& entry,
                               const std::string& prefix);
  std::optional<Entry> inspect_file(const std::filesystem::directory_entry& entry,
                                    std::filesystem::file_status target,
                                    const std::error_code& error) const;

  std::filesystem::path root_;
  ExcludePatterns excluded_;
  bool include_hidden_;
  std::vector<std::filesystem::path> trees_;  // canonical paths of the root and of followed links
  std::vector<Level> levels_;
};

}  // namespace sightline
