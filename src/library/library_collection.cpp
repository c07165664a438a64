#include "library/library_collection.h"

#include <sightline/error.h>
#include <sightline/image.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/file.h"
#include "base/path_id.h"
#include "base/text.h"
#include "index/segmented_index.h"
#include "library/library_model.h"
#include "library/rows/filter_rows.h"
#include "library/rows/find_row.h"
#include "library/rows/item_of_record.h"
#include "library/rows/sort_rows.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;
using Images = std::vector<std::vector<uint8_t>>;

VectorIndex index_of(const std::shared_ptr<const Snapshot>& snapshot) {
  std::vector<index::IndexSegment> segments;
  for (const Snapshot::Part& part : snapshot->parts()) {
    const Segment& from = *part.segment;
    index::IndexSegment& to = segments.emplace_back();
    to.full = {from.f32(), from.rows(), from.dim(), from.max_norm()};
    to.half = from.f16();
    to.i8 = from.quantized();
    to.live = part.live.empty() ? nullptr : part.live.data();
  }
  return index::make_segmented_index(std::move(segments), snapshot->model().dim, snapshot);
}

class LibraryCollection : public Collection {
 public:
  LibraryCollection(fs::path folder, std::shared_ptr<const Snapshot> snapshot, bool hide_folders)
      : folder_(std::move(folder)),
        state_(std::move(snapshot), hide_folders),
        snapshot_(*state_.snapshot()),
        sources_(state_.sources()),
        index_(index_of(state_.snapshot())),
        provenance_(library::provenance_of(snapshot_.model())) {}

  const LibraryState& state() const { return state_; }

  CollectionType type() const override { return CollectionType::library; }
  const fs::path& path() const override { return folder_; }
  const std::vector<CollectionPart>& parts() const override { return parts_; }
  const VectorIndex& vectors() const override { return index_; }
  const std::optional<VectorProvenance>& provenance() const override { return provenance_; }
  const std::optional<CollectionEncoding>& encoding() const override { return encoding_; }

  std::vector<VectorItem> items(std::span<const int64_t> rows) const override {
    return snapshot_.with_catalogue([&](Catalogue& catalogue) {
      std::vector<VectorItem> out;
      for (const int64_t row : rows)
        out.push_back(item_of_content(catalogue, snapshot_.content_of(row), sources_));
      return out;
    });
  }

  std::vector<VectorItem> items_meeting(std::span<const int64_t> rows,
                                        const Filter& filter) const override {
    const filter::FilterMatcher matcher(filter, state_.item_path());
    return snapshot_.with_catalogue([&](Catalogue& catalogue) {
      std::vector<VectorItem> out;
      for (const int64_t row : rows)
        out.push_back(item_of_content(catalogue, snapshot_.content_of(row), sources_, &matcher));
      return out;
    });
  }

  RowMask rows_matching(const Filter& filter) const override {
    return filter_rows(snapshot_, filter, sources_, state_.item_path());
  }

  std::optional<int64_t> find_item(const std::string& name) const override {
    return find_row(snapshot_, name, sources_, state_.item_path());
  }

  std::vector<int64_t> sorted_rows(std::vector<int64_t> rows, QueryOrder order,
                                   const Filter& filter) const override {
    return sort_rows(snapshot_, std::move(rows), order, filter, sources_, state_.item_path());
  }

  std::vector<std::optional<uint64_t>> perceptual_hashes(
      std::span<const int64_t> rows) const override {
    return snapshot_.with_catalogue([&](Catalogue& catalogue) {
      std::vector<std::optional<uint64_t>> hashes;
      for (const int64_t row : rows)
        hashes.push_back(catalogue.perceptual_hash(snapshot_.content_of(row)));
      return hashes;
    });
  }

  std::vector<int64_t> keys(std::span<const int64_t> rows) const override {
    std::vector<int64_t> keys;
    for (const int64_t row : rows) keys.push_back(snapshot_.content_of(row));
    return keys;
  }

  std::optional<int64_t> row_of_key(int64_t key) const override {
    const int32_t row = snapshot_.row_of_contents().get(key);
    return row < 0 ? std::nullopt : std::optional<int64_t>(row);
  }

  Images read_images(std::span<const VectorItem> items) const override {
    Images images(items.size());
    std::map<std::string, std::vector<size_t>> of_datasets;
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].dataset.empty()) {
        images[i] = read_file_of(items[i]);
      } else {
        of_datasets[items[i].dataset].push_back(i);
      }
    }
    for (const auto& [name, places] : of_datasets) {
      const DatasetSource* source = find_source(sources_, name);
      if (source == nullptr) continue;
      std::vector<VectorItem> own;
      for (const size_t i : places) own.push_back(items[i]);
      Images read = read_source_images({source->input, {}}, own);
      for (size_t i = 0; i < places.size(); ++i) images[places[i]] = std::move(read[i]);
    }
    return images;
  }

  std::vector<std::string> warnings() const override { return {}; }

 private:
  // The first copy that exists.
  static std::vector<uint8_t> read_file_of(const VectorItem& item) {
    std::vector<std::string> ids = {item.id};
    ids.insert(ids.end(), item.copies.begin(), item.copies.end());
    for (const std::string& id : ids) {
      const fs::path path = path_of_id(id);
      std::error_code error;
      if (!path.is_absolute() || !fs::is_regular_file(path, error)) continue;
      try {
        return read_file(path, ImageLimits{}.max_bytes);
      } catch (const Error&) {  // unreadable by now
      }
    }
    return {};
  }

  fs::path folder_;
  LibraryState state_;
  const Snapshot& snapshot_;  // of state_
  std::span<const DatasetSource> sources_;
  VectorIndex index_;
  std::optional<VectorProvenance> provenance_;
  std::optional<CollectionEncoding> encoding_;  // empty
  std::vector<CollectionPart> parts_;           // empty
};

// In the order of LibraryInfo.
RootNames root_names_of(const Catalogue& catalogue) {
  std::vector<std::string> paths;
  for (const auto& [path, options] : catalogue.roots()) paths.push_back(path_id(path));
  for (const SourceRecord& source : catalogue.sources()) {
    if (source.id != kFiles) paths.push_back(path_id(source.path));
  }
  return RootNames(paths);
}

}  // namespace

LibraryState::LibraryState(std::shared_ptr<const Snapshot> snapshot, bool hide_folders)
    : snapshot_(std::move(snapshot)),
      sources_(snapshot_->with_catalogue(
          [](const Catalogue& catalogue) { return dataset_sources(catalogue.sources()); })) {
  if (!hide_folders) return;
  root_names_ = snapshot_->with_catalogue(root_names_of);
  item_path_ = [this](const VectorItem& item) {
    return item.dataset.empty() ? root_names_->of_id(item.id) : filter::item_path(item);
  };
}

const LibraryState& state_of(const Collection& collection) {
  if (const auto* own = dynamic_cast<const LibraryCollection*>(&collection)) return own->state();
  throw Error(ErrorCode::invalid_argument, "expected the collection of a library, found ",
              quoted(collection.path()));
}

std::shared_ptr<const Collection> open_library_collection(const fs::path& folder,
                                                          const std::string& model,
                                                          const LibraryOptions& options) {
  return std::make_shared<LibraryCollection>(
      folder, std::make_shared<const Snapshot>(folder, model), options.hide_folders);
}

}  // namespace sightline::library
