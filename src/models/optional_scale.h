// The weights of files that leave out the scale of the loss, which no vector needs.
#pragma once

#include <memory>

#include "models/parameter_source.h"

namespace sightline {

// Returns `base` with logit_scale and logit_bias, if `checkpoint` lacks them. The scale is the
// logarithm of 0, so that ModelInfo::logit_scale is 0: unknown.
std::unique_ptr<ParameterSource> with_optional_scale(std::unique_ptr<ParameterSource> base,
                                                     const Checkpoint& checkpoint);

}  // namespace sightline
