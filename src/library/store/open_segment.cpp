#include "library/store/open_segment.h"

#include <sightline/error.h>

#include "base/text.h"
#include "library/store/paths.h"

namespace sightline::library {

std::shared_ptr<const Segment> open_segment(const std::filesystem::path& library,
                                            const ModelRecord& model, const SegmentRecord& record) {
  auto segment = std::make_shared<const Segment>(segment_file(library, record.id), record.digest);
  if (segment->rows() != record.rows || segment->dim() != model.dim ||
      segment->element() != model.element) {
    throw Error(ErrorCode::invalid_data, "the segment ", quoted(segment->file().path()), " has ",
                segment->rows(), " rows of ", segment->dim(), " elements (",
                element_name(segment->element()), "), the catalogue expects ", record.rows, " of ",
                model.dim, " (", element_name(model.element), ")");
  }
  return segment;
}

}  // namespace sightline::library
