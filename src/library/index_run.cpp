#include "library/index_run.h"

#include <sightline/error.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "library/indexing/scan_files.h"
#include "library/indexing/source_options.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;

// The reason to keep the items of a root although nothing of it is found; empty if there is none.
std::string reason_to_keep(Store& store, const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    const bool empty = fs::is_empty(path, error);
    if ((!empty && !error) || !has_files_below(store, path)) return "";
    return error ? "cannot be read now (" + error.message() + ")"
                 : "is an empty folder now, as that of a disk that is not mounted";
  }
  // A single file is gone if its folder is there.
  const bool removed =
      store.read().find_item(kFiles, "", path.string()) && fs::exists(path.parent_path(), error);
  return fs::exists(status) || removed ? "" : "does not exist now";
}

}  // namespace

IndexRun::IndexRun(Store& store, int64_t model, const Model& loaded, const IndexOptions& options,
                   bool keep_changed)
    : store_(store),
      model_(model),
      options_(options),
      encoder_(
          loaded,
          {.batch_size = options.batch_size, .normalize = true, .limits = {}, .properties = true}),
      indexer_(store, model, encoder_,
               {static_cast<size_t>(options.batch_size), options.retry_failures, options.progress,
                keep_changed}) {}

ScanOptions IndexRun::scan_options(const FolderOptions& folder) const {
  return {folder, model_, options_.retry_failures, options_.progress};
}

void IndexRun::root(const fs::path& path, const FolderOptions& options) {
  std::error_code error;
  if (const std::string reason = reason_to_keep(store_, path); !reason.empty()) {
    warnings_.push_back(quoted(path) + " " + reason +
                        ": its images stay in the library ('sightline library remove' forgets "
                        "them)");
  } else if (fs::is_directory(path, error)) {
    FileScan scan = scan_folder(store_, path, scan_options(options));
    for (const std::string& folder : scan.unmounted) {
      warnings_.push_back(quoted(fs::path(folder)) +
                          " is an empty folder now, as that of a disk that is not mounted: its "
                          "images stay in the library until the folder is removed");
    }
    indexer_.index(std::move(scan));
  } else {
    paths({path.string()});
  }
}

void IndexRun::roots_of_library() {
  for (const auto& [path, json] : store_.read().roots())
    root(path, parse_folder_options(path, json));
}

void IndexRun::paths(const std::vector<std::string>& paths) {
  indexer_.index(scan_paths(store_, paths, scan_options()));
}

void IndexRun::read_again(const std::vector<std::string>& paths) {
  FileScan scan;
  for (const std::string& path : paths) scan.to_read.push_back({path, std::nullopt});
  indexer_.index(std::move(scan));
}

void IndexRun::without_vector() {
  indexer_.index(scan_without_vector(store_, scan_options()));
}

void IndexRun::dataset(RowReader& rows, int64_t source) {
  indexer_.index_rows(rows, source);
  std::ranges::copy(rows.warnings(), std::back_inserter(warnings_));
}

void IndexRun::datasets_of_library() {
  for (const SourceRecord& source : store_.read().sources()) {
    if (source.kind != "dataset") continue;
    const DatasetInput input = parse_dataset_options(source.path, source.options);
    std::optional<RowReader> rows;
    try {
      rows.emplace(input);
    } catch (const Error& error) {
      warnings_.push_back(message("the images of the data set ", quoted(input.path),
                                  " stay in the library as they are: ", error.what()));
      continue;
    }
    dataset(*rows, source.id);
  }
}

IndexSummary IndexRun::finish() {
  indexer_.remove_missing();
  store_.compact(false, options_.progress);
  IndexSummary out = summary_of(indexer_.counts(), start_);
  out.failures = indexer_.failures();
  out.warnings = std::move(warnings_);
  return out;
}

IndexSummary summary_of(const IndexCounts& counts, std::chrono::steady_clock::time_point start) {
  IndexSummary out;
  out.files = counts.files;
  out.unchanged = counts.unchanged;
  out.moved = counts.moved;
  out.added = counts.added;
  out.updated = counts.updated;
  out.removed = counts.removed;
  out.encoded = counts.encoded;
  out.reused = counts.reused;
  out.failed = counts.failed;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace sightline::library
