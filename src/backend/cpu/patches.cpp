#include "backend/cpu/patches.h"

#include <cstring>

#include "base/parallel.h"

namespace sightline {
namespace {

// Of one image.
void unfold(const float* pixels, int64_t side, int64_t patch, float* out) {
  const int64_t grid = side / patch;
  for (int64_t row = 0; row < grid; ++row) {
    for (int64_t column = 0; column < grid; ++column) {
      for (int64_t channel = 0; channel < 3; ++channel) {
        const float* corner = pixels + (channel * side + row * patch) * side + column * patch;
        for (int64_t y = 0; y < patch; ++y, out += patch) {
          std::memcpy(out, corner + y * side, static_cast<size_t>(patch) * sizeof(float));
        }
      }
    }
  }
}

}  // namespace

Tensor unfold_patches(Tensor pixels, int64_t patch_size) {
  const int64_t batch = pixels.dim(0), side = pixels.dim(3);
  const int64_t patches = (side / patch_size) * (side / patch_size);
  const int64_t width = 3 * patch_size * patch_size, elements = 3 * side * side;
  const Shape shape = {batch, patches, width};
  const bool in_place = pixels.exclusive() && patches * width == elements;
  Tensor unfolded = in_place ? pixels.reshape(shape) : Tensor(shape, DType::f32);
  const float* const from = pixels.data<float>();
  float* const to = unfolded.data<float>();
  parallel_for(batch, 1, [&](int64_t begin, int64_t end) {
    const Tensor copy = in_place ? Tensor({elements}, DType::f32) : Tensor();
    for (int64_t b = begin; b < end; ++b) {
      const float* image = from + b * elements;
      if (in_place) {
        std::memcpy(const_cast<void*>(copy.raw()), image, copy.bytes());
        image = copy.data<float>();
      }
      unfold(image, side, patch_size, to + b * patches * width);
    }
  });
  return unfolded;
}

}  // namespace sightline
