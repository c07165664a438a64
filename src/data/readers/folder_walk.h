// The files below a folder, in the order of their paths.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct WalkedFile {
  std::string path;                    // relative to the root, '/' between parts
  std::optional<std::string> problem;  // a folder or file that cannot be visited
};

// Every regular file whose name, and whose folders' names, do not begin with '.', sorted by the
// bytes of the relative path. Memory: the entries of the folders on the way, not of the tree.
// A link to a folder is followed unless that folder is visited anyway (so loops end); pipes,
// sockets and devices are passed over.
class FolderWalk {
 public:
  explicit FolderWalk(const std::filesystem::path& root);  // throws not_found, io
  std::optional<WalkedFile> next();

 private:
  struct Entry {
    std::string name;  // folders end in '/', so that sorting by name sorts whole paths
    std::optional<std::string> problem;
  };
  struct Level {
    std::string prefix;
    std::vector<Entry> entries;
    size_t next = 0;
  };
  void enter(const std::string& prefix);
  bool should_follow(const std::filesystem::path& link);
  std::optional<Entry> look_at(const std::filesystem::directory_entry& entry);

  std::filesystem::path root_;
  std::vector<std::filesystem::path> trees_;  // real paths of the root and of followed links
  std::vector<Level> normalization_;
};

}  // namespace sightline
