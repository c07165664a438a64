#include "models/finite_weights.h"

#include <sightline/error.h>

namespace sightline {

void require_finite_weights(const Checkpoint& checkpoint, const CheckpointScan& scan,
                            const ParameterSource* parameters) {
  for (const auto& [tensor, index] : scan.not_finite) {
    if (parameters != nullptr && !parameters->uses(tensor)) continue;
    const Shape& shape = checkpoint.find(tensor)->shape;
    throw Error(ErrorCode::invalid_data, "tensor '", tensor, "' of shape ", shape_text(shape),
                " in '", checkpoint.where(), "' has NaN or infinity at ",
                position_text(index, shape), "; expected finite weights");
  }
}

}  // namespace sightline
