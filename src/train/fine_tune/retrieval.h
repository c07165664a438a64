// Vectors of the images and captions of a part.
#pragma once

#include <sightline/encode.h>
#include <sightline/metrics.h>
#include <sightline/model.h>

#include "train/fine_tune/split_plan.h"

namespace sightline {

// Encodes the images of a part, each once, and all of their captions. The images are in the order
// of the plan. Throws invalid_data if an image of the plan can no longer be read, and what
// encode_rows throws.
RetrievalSet encode_part(const SplitPlan& plan, SplitPart part, const Model& model,
                         const EncodeOptions& options);

}  // namespace sightline
