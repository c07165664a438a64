// Heat maps from similarities of masked images.
#pragma once

#include <sightline/explain.h>

#include "explain/masked_encoder.h"

namespace sightline {

// Returns options with cells and window set. Throws invalid_argument if one is out of range.
ExplainOptions complete_options(const ExplainOptions& options, const ModelInfo& model);

// Returns the map; `similarity` is that of the whole image. `options` must be complete.
HeatMap compute_heat_map(const MaskedEncoder& encoder, double similarity,
                         const ExplainOptions& options);

}  // namespace sightline
