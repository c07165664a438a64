// The image files that paths name.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct ListedFile {
  std::filesystem::path path;
  std::string id;
  std::optional<std::string> problem;  // why it cannot be read

  Row read() const;
};

struct FileList {
  std::vector<ListedFile> files;
  std::vector<std::string> warnings;  // one sentence for each folder without images
};

// Lists files, and the images of folders in path order (RowReader::of_files). Throws what that
// does.
FileList list_files(std::span<const std::filesystem::path> paths, const FolderOptions& folders);

}  // namespace sightline
