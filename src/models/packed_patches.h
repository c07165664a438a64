// Images of different sizes as an image tower reads them: cut into patches.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace sightline {

// The patches of an image, of P x P pixels each.
struct PatchGrid {
  int64_t rows = 0;
  int64_t columns = 0;
  auto operator<=>(const PatchGrid&) const = default;
};

struct PackedPatches {
  // (R, P * P * 3) f32, host. The images' patches, concatenated; those of an image in row-major
  // order. The elements of a patch are ordered (row, column, channel).
  Tensor patches;
  std::vector<PatchGrid> grids;  // of the B images
  // B + 1: image b is rows offsets[b] .. offsets[b + 1] - 1; see SequenceOffsets in ops/ops.h.
  std::vector<int32_t> offsets;
};

// pixels: image b is (3, rows * P, columns * P) f32, at pixels + b * stride.
PackedPatches pack_patches(const float* pixels, int64_t stride, std::vector<PatchGrid> grids,
                           int64_t patch_size);

}  // namespace sightline
