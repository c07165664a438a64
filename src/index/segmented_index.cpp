#include "index/segmented_index.h"

#include <sightline/error.h>

#include <utility>

#include "index/vector_index_impl.h"

namespace sightline::index {

struct VectorIndexAccess {
  static VectorIndex make(Segments segments, std::shared_ptr<const void> owner,
                          RowNumbers numbers = {}) {
    auto impl = std::make_unique<VectorIndex::Impl>();
    impl->segments = std::move(segments);
    impl->owner = std::move(owner);
    impl->numbers = std::move(numbers);
    impl->segmented = true;
    return VectorIndex(std::move(impl));
  }
  static const Segments& segments(const VectorIndex& index) { return index.impl_->segments; }
};

namespace {

// What a joined index keeps: its parts, and the masks of the rows that are not left out.
struct JoinedParts {
  std::shared_ptr<const std::vector<VectorIndex>> parts;
  std::vector<std::vector<uint64_t>> masks;  // of segments with a row that is left out
};

}  // namespace

VectorIndex make_segmented_index(std::vector<IndexSegment> segments, int64_t dim,
                                 std::shared_ptr<const void> owner) {
  return VectorIndexAccess::make(Segments(std::move(segments), dim), std::move(owner));
}

VectorIndex make_joined_index(std::shared_ptr<const std::vector<VectorIndex>> parts,
                              std::vector<int64_t> left_out) {
  if (parts->empty())
    throw Error(ErrorCode::invalid_argument, "an index is joined of at least one part");
  auto kept = std::make_shared<JoinedParts>();
  std::vector<IndexSegment> segments;
  size_t next = 0;
  int64_t first = 0;
  for (const VectorIndex& part : *parts) {
    const Segments& own = VectorIndexAccess::segments(part);
    for (size_t s = 0; s < own.count(); ++s) {
      segments.push_back(own[s]);
      const int64_t rows = own[s].full.rows, end = first + rows;
      if (next < left_out.size() && left_out[next] < end) {
        std::vector<uint64_t> mask(static_cast<size_t>(rows + 63) / 64, ~uint64_t{0});
        for (; next < left_out.size() && left_out[next] < end; ++next) {
          const int64_t row = left_out[next] - first;
          mask[static_cast<size_t>(row) / 64] &= ~(uint64_t{1} << (row % 64));
        }
        kept->masks.push_back(std::move(mask));
        segments.back().live = kept->masks.back().data();
      }
      first = end;
    }
  }
  const int64_t dim = parts->front().dim();
  kept->parts = std::move(parts);
  return VectorIndexAccess::make(Segments(std::move(segments), dim), std::move(kept),
                                 RowNumbers(std::move(left_out)));
}

}  // namespace sightline::index
