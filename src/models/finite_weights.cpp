#include "models/finite_weights.h"

#include <sightline/error.h>

namespace sightline {

void require_finite_weights(const ModelSource& source, const CheckpointScan& scan) {
  for (const auto& [tensor, index] : scan.not_finite) {
    if (source.parameters && !source.parameters->uses(tensor)) continue;
    const Shape& shape = source.checkpoint->find(tensor)->shape;
    throw Error(ErrorCode::invalid_data, "tensor '", tensor, "' of shape ", shape_text(shape),
                " in '", source.checkpoint->where(), "' has NaN or infinity at ",
                position_text(index, shape), "; expected finite weights");
  }
}

}  // namespace sightline
