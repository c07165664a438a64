// Snapshot: the state of a library at one moment, for reading.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "library/catalogue/catalogue.h"
#include "library/segments/segment.h"
#include "library/store/content_map.h"

namespace sightline::library {

// Segments stay mapped and a read transaction stays open, so that later changes are not seen. The
// catalogue's log grows while old snapshots exist. Thread-safe where noted.
class Snapshot {
 public:
  // `model`: name or spec; empty: the active one. Throws not_found, invalid_data, io.
  Snapshot(const std::filesystem::path& folder, const std::string& model);

  const ModelRecord& model() const { return model_; }
  int64_t rows() const { return rows_; }  // dead ones included

  struct Part {
    std::shared_ptr<const Segment> segment;
    int64_t first = 0;           // number of its first row
    std::vector<uint64_t> live;  // bit i % 64 of word i / 64: row i is live; empty: all
  };
  const std::vector<Part>& parts() const { return parts_; }

  // Whether no segment was shortened or replaced since it was mapped: reading what was cut off
  // would end the process (SIGBUS). A file that was removed is kept by its mapping. Thread-safe.
  bool is_intact() const;

  // The content of a row. Thread-safe. Throws invalid_argument if there is no such row.
  int64_t content_of(int64_t row) const;
  // The live row of each content, -1 if there is none; computed at the first call. Thread-safe.
  const ContentMap<int32_t>& row_of_contents() const;

  // Calls fn with the catalogue while no other thread uses it.
  template <typename Fn>
  auto with_catalogue(const Fn& fn) const {
    return with(reader_, fn);
  }
  // The same with a connection of its own to the same state: for passes over whole tables, for
  // which searches would have to wait.
  template <typename Fn>
  auto with_catalogue_for_passes(const Fn& fn) const {
    return with(passes_ ? *passes_ : reader_, fn);
  }

 private:
  struct Connection {
    explicit Connection(const std::filesystem::path& folder);

    std::mutex mutex;
    Catalogue catalogue;
    std::optional<Transaction> transaction;
  };

  template <typename Fn>
  static auto with(Connection& connection, const Fn& fn) {
    const std::lock_guard lock(connection.mutex);
    return fn(connection.catalogue);
  }

  void open(const std::filesystem::path& folder, const std::string& model);
  void open_segments(const std::filesystem::path& folder);

  mutable Connection reader_;
  mutable std::optional<Connection> passes_;  // empty: it could not be opened at the same state
  ModelRecord model_;
  std::vector<Part> parts_;
  int64_t rows_ = 0;
  int64_t last_content_ = 0;  // largest id
  mutable std::once_flag located_;
  mutable ContentMap<int32_t> row_of_contents_{-1};
};

}  // namespace sightline::library
