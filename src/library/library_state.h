// The state that a library's collection reads: a snapshot and the data sets in it.
#pragma once

#include <sightline/search.h>

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "library/root_names.h"
#include "library/snapshot.h"
#include "library/sources.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {

struct Vocabulary;

// Thread-safe.
class LibraryState {
 public:
  // `hide_folders`: LibraryOptions::hide_folders.
  LibraryState(std::shared_ptr<const Snapshot> snapshot, bool hide_folders);

  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  std::span<const DatasetSource> sources() const { return sources_; }
  // The path of an item as filters, names and the order by path see it.
  const filter::ItemPathFn& item_path() const { return item_path_; }
  // The names of the roots in these paths; nothing if they are absolute.
  const std::optional<RootNames>& root_names() const { return root_names_; }
  // The values that suggestions complete (overview/vocabulary.h), made at the first call.
  const Vocabulary& vocabulary() const;

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<DatasetSource> sources_;
  std::optional<RootNames> root_names_;
  filter::ItemPathFn item_path_ = filter::item_path;
  mutable std::once_flag made_;
  mutable std::shared_ptr<const Vocabulary> vocabulary_;
};

}  // namespace sightline::library
