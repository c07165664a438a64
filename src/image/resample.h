// Separable image resampling, equal to Pillow's (src/libImaging/Resample.c) bit for bit.
//
// A pass resizes along one axis: each output value is the weighted sum of a run of input values.
// Weights are computed in double precision and rounded to multiples of 2^-22; sums are 32-bit
// integers, rounded and clipped to 8 bits. A resize has two passes, and the result depends on the
// 8-bit rounding between them, and thereby on their order: Pillow up to 12.3 always runs the
// horizontal pass first; Pillow 13 runs the vertical pass first if the height shrinks by more than
// twice as many pixels as the width. This file follows Pillow 13.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "image/pixels.h"
#include "image/resample_weights.h"

namespace sightline::image {

// The part of the resized image to compute: rows [y, y + height), columns [x, x + width).
struct Window {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// Returns whether Pillow 13 runs the vertical pass first.
bool vertical_first(int in_width, int in_height, int out_width, int out_height);

struct ResamplePasses;

// 64 bytes, aligned for vector loads.
struct alignas(64) Block {
  uint8_t bytes[64];
};

// The weights of one pass in the layout of one kernel implementation (resample_passes.h). Each
// implementation defines which members it uses and how.
struct PackedWeights {
  int layout = 0;
  std::vector<Block> blocks;
  std::vector<uint32_t> words;
  std::vector<size_t> offsets;
  std::vector<int> counts;
};

// Resizes images and reuses memory between them: the intermediate image of the two passes and the
// weights of recent sizes. Allocates only for new sizes and for images larger than all earlier
// ones. Keeps at most a few MiB of weights, and the intermediate image of the largest image. Not
// thread-safe.
class Resampler {
 public:
  Resampler();  // uses the fastest passes that this processor supports
  explicit Resampler(const ResamplePasses& passes);
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;
  ~Resampler();

  // Resizes `in`, which has 1 to 4 channels, to out_width x out_height and writes the window to
  // `out`: (window.height, window.width, channels), 8-bit. `out` must not overlap `in`.
  void resample(const PixelView& in, int out_width, int out_height, ResizeFilter filter,
                const Window& window, uint8_t* out);

 private:
  struct Axis;
  std::shared_ptr<const Axis> axis(int in_size, int out_size, ResizeFilter filter, int begin,
                                   int count, bool along_x, int channels);

  const ResamplePasses* passes_;
  std::vector<std::shared_ptr<const Axis>> cached_;
  size_t next_ = 0;  // element of cached_ to replace next
  std::vector<uint8_t> intermediate_;
  std::vector<uint8_t> scratch_;
};

// Returns the window resized by a new Resampler.
std::vector<uint8_t> resample(const PixelView& in, int out_width, int out_height,
                              ResizeFilter filter, const Window& window);

}  // namespace sightline::image
