// Indexer: encodes images that are new to a library and records all that it reads.
#pragma once

#include <sightline/progress.h>
#include <sightline/rows.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "encode/dual_encoder.h"
#include "library/indexing/read_image.h"
#include "library/indexing/scan_files.h"
#include "library/store/store.h"

namespace sightline::library {

struct IndexCounts {
  int64_t files = 0;      // seen: files, or rows of a data set
  int64_t unchanged = 0;  // of these, not read
  int64_t moved = 0;      // found under another path, not read
  int64_t added = 0;      // new items
  int64_t updated = 0;    // items that were read again
  int64_t removed = 0;    // items whose file or row is gone
  int64_t encoded = 0;    // images that the model saw
  int64_t reused = 0;     // items whose image had a vector already
  int64_t failed = 0;     // items that could not be read or encoded
};

struct IndexerOptions {
  size_t batch_size = 32;
  bool retry_failures = false;
  ProgressFn progress;
  // Files that are new or changed since they were indexed stay as they are and go to changed():
  // until another model is the active one, they must be found with the former one.
  bool keep_changed = false;
};

// Commits every few seconds and at the end of each call, also if `progress` throws. An item is
// committed together with its vector or its failure. Not thread-safe.
class Indexer {
 public:
  // `encoder` returns vectors of unit length, those of `model`.
  Indexer(Store& store, int64_t model, DualEncoder& encoder, const IndexerOptions& options);

  // Reads the files of a scan. Items that are missing stay until remove_missing(): they may have
  // been moved to a folder that is scanned later.
  void index(FileScan scan);

  // Reads the rows of a data set or of other images of this source, and removes the items of the
  // source that it no longer has.
  void index_rows(RowReader& rows, int64_t source);

  // Removes the missing items of all scans that were not found elsewhere.
  void remove_missing();

  // Paths of the files that keep_changed left; empties the list, and ends keep_changed.
  std::vector<std::string> take_changed();

  const IndexCounts& counts() const { return counts_; }
  // Items that could not be read or encoded; at most 1000.
  const std::vector<SkippedRow>& failures() const { return failures_; }

 private:
  struct ToEncode {
    ImageToIndex image;
    int64_t content = 0;
    std::vector<int64_t> items;  // with this content
  };

  template <typename Body>
  void committing(const Body& body);
  std::vector<FileToRead> without_moved(FileScan& scan);
  bool was_moved(const std::string& path);
  void add_batch(std::vector<ImageToIndex>& batch);
  void add(ImageToIndex&& image);
  bool is_unchanged(const ImageToIndex& image, const ItemRecord& before, int64_t content);
  void record_error(ImageToIndex&& image);
  void encode();
  void finish_encoded(ToEncode& done, size_t i, EncodedImages& encoded);
  void fail(int64_t item, const std::string& id, const std::string& reason, bool soon);
  void remove(int64_t item);
  void commit();
  void commit_if_due();
  void report(int64_t done, int64_t total);

  Store& store_;
  int64_t model_;
  DualEncoder& encoder_;
  IndexerOptions options_;
  IndexCounts counts_;
  std::vector<SkippedRow> failures_;
  std::vector<std::string> changed_;
  std::vector<ToEncode> waiting_;
  std::map<int64_t, size_t> waiting_contents_;  // content -> element of waiting_
  std::vector<int64_t> replaced_;               // contents that items no longer have
  std::unordered_set<int64_t> moved_;           // items with a new path
  std::vector<int64_t> missing_;
  std::chrono::steady_clock::time_point last_commit_;
  SidecarFinder sidecars_;  // of moved files
};

}  // namespace sightline::library
