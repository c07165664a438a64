// IndexRun: one call of a function that indexes.
#pragma once

#include <sightline/library.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "encode/dual_encoder.h"
#include "library/indexing/indexer.h"
#include "library/store/store.h"

namespace sightline::library {

// Scans and indexes roots and data sets with one encoder, and sums up what was done. Not
// thread-safe. Functions throw what Indexer throws.
class IndexRun {
 public:
  // `model`: the number of `loaded` in the library. keep_changed: as IndexerOptions.
  IndexRun(Store& store, int64_t model, const Model& loaded, const IndexOptions& options,
           bool keep_changed = false);

  // A folder or a single file. One that is not there now, or is an empty folder, keeps its items,
  // with a warning.
  void root(const std::filesystem::path& path, const FolderOptions& options);
  void roots_of_library();
  // Single files and folders that changed or are gone.
  void paths(const std::vector<std::string>& paths);
  void read_again(const std::vector<std::string>& paths);
  // All files of the catalogue whose image has no vector of the model.
  void without_vector();

  void dataset(RowReader& rows, int64_t source);
  // Those that were added before. One that cannot be opened now keeps its items, with a warning.
  void datasets_of_library();

  std::vector<std::string> take_changed() { return indexer_.take_changed(); }

  // Removes what is missing, compacts, and returns what was done. Call once.
  IndexSummary finish();

 private:
  ScanOptions scan_options(const FolderOptions& folder = {}) const;

  Store& store_;
  int64_t model_;
  const IndexOptions& options_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  ModelEncoder encoder_;
  Indexer indexer_;
  std::vector<std::string> warnings_;
};

// A summary with these counts, of a call that began at `start`.
IndexSummary summary_of(const IndexCounts& counts, std::chrono::steady_clock::time_point start);

}  // namespace sightline::library
