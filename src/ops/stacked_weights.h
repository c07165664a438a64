// One tensor from several.
#pragma once

#include <span>

#include "tensor/tensor.h"

namespace sightline {

// Host f32 tensors, equal but for their first axis, one behind the other along it. At least one.
Tensor concat(std::span<const Tensor> parts);

}  // namespace sightline
