// Compares files with the catalogue.
#pragma once

#include <sightline/dataset.h>
#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "library/store/store.h"

namespace sightline::library {

// A file that must be read.
struct FileToRead {
  std::string path;                    // absolute, raw bytes
  std::optional<std::string> problem;  // why it cannot be read
};

struct FileScan {
  std::vector<FileToRead> to_read;  // new and changed ones, in path order
  std::vector<int64_t> missing;     // items whose file is gone
  int64_t files = 0, unchanged = 0;
  // Folders that could not be read. Their items are not in `missing`.
  std::vector<FileToRead> unreadable;
  // Empty folders whose items were on another device. Their items are not in `missing`.
  std::vector<std::string> unmounted;
  // Unchanged items whose device has another number now.
  std::vector<std::pair<int64_t, FileIdentity>> renumbered;
};

struct ScanOptions {
  FolderOptions folder;
  int64_t model = 0;            // a file whose content has no vector of this model must be read
  bool retry_failures = false;  // also before their time
  ProgressFn progress;
};

// Returns an absolute path without "." and "..", and without '/' at its end. Does not resolve
// links.
std::filesystem::path root_path(const std::filesystem::path& path);

// Whether the catalogue has files below this folder.
bool has_files_below(const Store& store, const std::filesystem::path& folder);

// Walks a folder. Throws what FolderWalk throws, and `progress`.
FileScan scan_folder(Store& store, const std::filesystem::path& root, const ScanOptions& options);

// Looks at single paths, which may have been removed; a removed folder stands for its items.
FileScan scan_paths(Store& store, const std::vector<std::string>& paths,
                    const ScanOptions& options);

// All files of the catalogue whose content has no vector of options.model.
FileScan scan_without_vector(Store& store, const ScanOptions& options);

}  // namespace sightline::library
