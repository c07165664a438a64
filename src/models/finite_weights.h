// Rejects weights with NaN or infinity.
#pragma once

#include "models/model_source.h"
#include "weights/checkpoint_scan.h"

namespace sightline {

// Throws invalid_data if a tensor that the model reads is not finite; the message names the tensor
// and the position of the element. Call once the towers are built. `scan`: of source.checkpoint.
void require_finite_weights(const ModelSource& source, const CheckpointScan& scan);

}  // namespace sightline
