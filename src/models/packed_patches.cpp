#include "models/packed_patches.h"

#include <utility>

#include "base/parallel.h"

namespace sightline {
namespace {

// Copies the pixels of one image into its rows of the patches.
void cut(const float* pixels, const PatchGrid& grid, int64_t side, float* out) {
  const int64_t width = grid.columns * side, plane = grid.rows * side * width;
  for (int64_t row = 0; row < grid.rows; ++row) {
    for (int64_t column = 0; column < grid.columns; ++column) {
      const float* const corner = pixels + row * side * width + column * side;
      for (int64_t y = 0; y < side; ++y) {
        for (int64_t x = 0; x < side; ++x) {
          const float* const pixel = corner + y * width + x;
          for (int64_t c = 0; c < 3; ++c) *out++ = pixel[c * plane];
        }
      }
    }
  }
}

}  // namespace

PackedPatches pack_patches(const float* pixels, int64_t stride, std::vector<PatchGrid> grids,
                           int64_t patch_size) {
  PackedPatches packed;
  packed.offsets.push_back(0);
  for (const PatchGrid& grid : grids) {
    const int64_t patches = grid.rows * grid.columns;
    packed.offsets.push_back(packed.offsets.back() + static_cast<int32_t>(patches));
  }
  const int64_t elements = 3 * patch_size * patch_size;
  packed.patches = Tensor({packed.offsets.back(), elements}, DType::f32);
  float* const out = packed.patches.data<float>();
  parallel_for(static_cast<int64_t>(grids.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const auto i = static_cast<size_t>(b);
      cut(pixels + b * stride, grids[i], patch_size, out + packed.offsets[i] * elements);
    }
  });
  packed.grids = std::move(grids);
  return packed;
}

}  // namespace sightline
