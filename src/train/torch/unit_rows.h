#pragma once

#include <ATen/ATen.h>

namespace sightline {

// Rows scaled to unit length.
inline at::Tensor unit_rows(const at::Tensor& features) {
  return features / features.norm(2, -1, true).clamp_min(1e-12);
}

}  // namespace sightline
