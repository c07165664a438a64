#include "index/segmented_index.h"

#include <sightline/error.h>

#include "index/vector_index_impl.h"

namespace sightline::index {

struct VectorIndexAccess {
  static VectorIndex make(Segments segments, std::shared_ptr<const void> owner) {
    auto impl = std::make_unique<VectorIndex::Impl>();
    impl->segments = std::move(segments);
    impl->owner = std::move(owner);
    impl->segmented = true;
    return VectorIndex(std::move(impl));
  }
};

VectorIndex make_segmented_index(std::vector<IndexSegment> segments, int64_t dim,
                                 std::shared_ptr<const void> owner) {
  return VectorIndexAccess::make(Segments(std::move(segments), dim), std::move(owner));
}

}  // namespace sightline::index
