// Rejects weights with NaN or infinity.
#pragma once

#include "models/parameter_source.h"
#include "weights/checkpoint.h"
#include "weights/checkpoint_scan.h"

namespace sightline {

// Throws invalid_data if a tensor that the model reads is not finite; the message names the tensor
// and the position of the element. `scan`: of the checkpoint. `parameters`: the tensors that the
// towers read, complete once they are built; null: all tensors are read.
void require_finite_weights(const Checkpoint& checkpoint, const CheckpointScan& scan,
                            const ParameterSource* parameters = nullptr);

}  // namespace sightline
