// Store: the one writer of a library. Vectors go to segments, everything else to the catalogue.
#pragma once

#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "library/catalogue/catalogue.h"
#include "library/segments/segment.h"
#include "library/store/content_map.h"
#include "library/store/writer_lock.h"

namespace sightline::library {

struct StoreOptions {
  bool create = false;  // if there is no library
  bool wait = false;    // for another writer
  std::string purpose = "sightline";
  ProgressFn progress;
};

// Changes are collected and become visible together in commit(): segments are written and synced
// first, then one transaction of the catalogue refers to them. A process that ends before leaves
// the library as it was. After an exception the object must be destroyed. Not thread-safe.
class Store {
 public:
  // Locks the library and removes what a killed writer has left. Throws not_found (no library and
  // not options.create), io (another writer), and what Catalogue and Segment throw.
  Store(const std::filesystem::path& folder, const StoreOptions& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::filesystem::path& folder() const { return folder_; }

  // The catalogue, for changes that commit() makes visible; begins a transaction.
  Catalogue& change();
  // For reading, with the changes so far.
  Catalogue& read() { return *catalogue_; }
  const Catalogue& read() const { return *catalogue_; }

  // Models by id. Throws not_found for an unknown one.
  std::vector<ModelRecord> models() const;
  const ModelRecord& model(int64_t id) const;
  int64_t add_model(ModelRecord model);
  void set_spec(int64_t model, const std::string& spec);
  void remove_model(int64_t model);

  // Whether there is a vector of this content, committed or not.
  bool has_vector(int64_t model, int64_t content) const;
  // Whether the committed vector of this content is `vector` as it would be stored.
  bool has_stored_vector(int64_t model, int64_t content, std::span<const float> vector) const;
  // Contents with a vector, in no order.
  std::vector<int64_t> contents_of(int64_t model) const;
  // (D) finite elements, of unit length. The content must not have a vector.
  void add_vector(int64_t model, int64_t content, std::span<const float> vector);
  void remove_vector(int64_t model, int64_t content);
  // Removes a content and its vectors if no item has it any more.
  void remove_if_unused(int64_t content);

  // Number of vectors that wait for commit().
  int64_t pending() const;
  void commit();

  struct Compacted {
    int64_t segments = 0;  // read
    int64_t rows = 0;      // written
    int64_t dropped = 0;   // dead rows
  };
  // Merges segments of which a quarter is dead, and small ones if there are many; with `all`,
  // every segment with a dead row and all small ones. Commits.
  Compacted compact(bool all, const ProgressFn& progress = {});

 private:
  struct Location {
    int32_t segment = -1;  // of ModelState::segments; kPending: not committed; -1: none
    int32_t row = 0;
    bool operator==(const Location&) const = default;
  };
  static constexpr int32_t kPending = -2;
  struct OpenSegment {
    SegmentRecord record;
    std::shared_ptr<const Segment> rows;
    bool changed = false;
  };
  struct ModelState {
    ModelRecord record;
    std::vector<OpenSegment> segments;
    ContentMap<Location> where;
    std::unique_ptr<SegmentWriter> writer;
    int64_t writer_id = 0;
    std::vector<int64_t> removed;  // pending rows that are dead
  };

  ModelState& state(int64_t model);
  const ModelState& state(int64_t model) const;
  void open_model(const ModelRecord& record);
  OpenSegment opened(const ModelRecord& model, const SegmentRecord& record) const;
  void locate(ModelState& state, size_t segment);
  void finish_segment(ModelState& state);
  void remove_orphans();
  void forget_segments(ModelState& state, const std::vector<size_t>& merged);
  Compacted merge(ModelState& state, const std::vector<size_t>& chosen, const ProgressFn& progress);

  std::filesystem::path folder_;
  std::optional<WriterLock> lock_;
  std::optional<Catalogue> catalogue_;
  std::optional<Transaction> transaction_;
  std::vector<ModelState> models_;
  std::vector<int64_t> unlink_;  // segments that are no longer referred to after the commit
  int64_t next_segment_ = 1;
  int64_t last_content_ = 0;  // largest id
};

}  // namespace sightline::library
