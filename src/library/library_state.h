// The state that a library's collection reads: a snapshot and the data sets in it.
#pragma once

#include <sightline/search.h>

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "library/snapshot.h"
#include "library/sources.h"

namespace sightline::library {

struct Vocabulary;

// Thread-safe.
class LibraryState {
 public:
  explicit LibraryState(std::shared_ptr<const Snapshot> snapshot);

  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  std::span<const DatasetSource> sources() const { return sources_; }
  // The values that suggestions complete (overview/vocabulary.h), made at the first call.
  const Vocabulary& vocabulary() const;

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<DatasetSource> sources_;
  mutable std::once_flag made_;
  mutable std::shared_ptr<const Vocabulary> vocabulary_;
};

}  // namespace sightline::library
