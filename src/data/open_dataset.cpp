// Which kind of data set a path is.
#include <sightline/dataset.h>
#include <sightline/error.h>

#include <algorithm>

#include "data/parquet_reader.h"
#include "data/readers.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

using Entries = std::vector<fs::directory_entry>;  // they know their type without another look

bool is_parquet(const fs::path& path) {
  return path.extension() == ".parquet";
}

Entries sorted_entries(const fs::path& folder) {
  Entries entries;
  std::error_code error;
  fs::directory_iterator found(folder, error);
  for (; !error && found != fs::directory_iterator(); found.increment(error)) {
    if (!found->path().filename().string().starts_with('.')) entries.push_back(*found);
  }
  if (error) {
    throw Error(ErrorCode::io,
                "cannot read the folder '" + folder.string() + "': " + error.message());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

void append_metadata(const fs::path& folder, std::vector<fs::path>& metadata) {
  std::error_code ignored;
  for (const char* name : {"metadata.jsonl", "metadata.csv"}) {
    if (fs::is_regular_file(folder / name, ignored)) {
      metadata.push_back(folder / name);
      return;
    }
  }
}

// In the folder itself, else in those directly below it (train/metadata.jsonl …).
std::vector<fs::path> find_metadata(const fs::path& folder, const Entries& entries) {
  std::vector<fs::path> metadata;
  append_metadata(folder, metadata);
  if (!metadata.empty()) return metadata;
  std::error_code ignored;
  for (const auto& entry : entries) {
    if (entry.is_directory(ignored)) append_metadata(entry.path(), metadata);
  }
  return metadata;
}

std::vector<fs::path> find_parquet(const Entries& entries) {
  std::vector<fs::path> files;
  for (const auto& entry : entries) {
    if (is_parquet(entry.path())) files.push_back(entry.path());
  }
  return files;
}

}  // namespace

std::unique_ptr<Dataset> open_dataset(const fs::path& path, const DatasetOptions& options) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw Error(ErrorCode::not_found, "there is no data set '" + path.string() + "'");
  }
  if (!fs::is_directory(status)) {
    if (is_parquet(path)) return open_parquet({{path}, options});
    const auto name = path.filename();
    if (name == "metadata.jsonl" || name == "metadata.csv") {
      return open_imagefolder(path.parent_path(), {path}, options);
    }
    throw Error(ErrorCode::invalid_data, "'" + path.string() +
                                             "' is no data set; expected a .parquet "
                                             "file, a metadata.jsonl or metadata.csv, or a folder");
  }
  const auto entries = sorted_entries(path);
  if (const auto metadata = find_metadata(path, entries); !metadata.empty()) {
    return open_imagefolder(path, metadata, options);
  }
  auto files = find_parquet(entries);
  // The layout of data sets on the Hugging Face Hub.
  if (files.empty() && fs::is_directory(path / "data", error)) {
    files = find_parquet(sorted_entries(path / "data"));
  }
  if (!files.empty()) return open_parquet({files, options});
  return open_folder(path, options);
}

}  // namespace sightline
