// Lists the files below a folder in the order of their paths.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct WalkedFile {
  std::string path;                    // relative to the root, separated by '/'
  std::optional<std::string> problem;  // why the folder or file cannot be read
};

// Visits every regular file, sorted by the bytes of its relative path. Files and folders whose
// names begin with '.' are skipped, and so are pipes, sockets and devices. A symbolic link to a
// folder is followed unless the walk visits that folder anyway, so loops end. Memory: the entries
// of the folders on the current path, not of the whole tree.
class FolderWalk {
 public:
  explicit FolderWalk(const std::filesystem::path& root);  // throws not_found, io
  std::optional<WalkedFile> next();                        // nothing at the end

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
  std::optional<Entry> inspect(const std::filesystem::directory_entry& entry);

  std::filesystem::path root_;
  std::vector<std::filesystem::path> trees_;  // canonical paths of the root and of followed links
  std::vector<Level> levels_;
};

}  // namespace sightline
