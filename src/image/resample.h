// Resizing as Pillow does it (src/libImaging/Resample.c), bit for bit.
//
// A pass along one axis makes every output value from a weighted run of input values. The weights
// are doubles first, then rounded to whole multiples of 2^-22; a pass sums in 32-bit whole numbers,
// rounds and clips to 8 bits. Two passes make a resize, and the 8-bit rounding between them is part
// of the result.
//
// Which pass comes first changes grey levels. Pillow up to 12.3 always goes horizontally first;
// Pillow 13 goes vertically first where the height shrinks by more than twice what the width
// shrinks by. This file follows Pillow 13.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "image/pixels.h"

namespace sightline::image {

// The part of a resized image that is wanted: rows [y, y + height), columns [x, x + width).
struct Window {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// The weights of one pass for outputs [begin, begin + count).
struct Weights {
  int taps = 0;                // most weights that one output has
  std::vector<int> first;      // (count): first input of the run
  std::vector<int> length;     // (count): inputs in the run
  std::vector<int32_t> fixed;  // (count, taps): multiples of 2^-22, zero after `length`
  std::vector<double> exact;   // (count, taps): before rounding; only where asked for

  int begin() const;  // inputs that any run touches: [begin, end)
  int end() const;
};

// in_size inputs are resized to out_size outputs.
Weights make_weights(int in_size, int out_size, ResizeFilter filter, int begin, int count,
                     bool keep_exact = false);

// Whether Pillow 13 runs the vertical pass first.
bool vertical_first(int in_width, int in_height, int out_width, int out_height);

struct Passes;

// 64 bytes at an address that vector instructions like.
struct alignas(64) Block {
  uint8_t bytes[64];
};

// The weights of one pass as the inner loops of one processor read them (resample_passes.h). Which
// members are used, and how, is each implementation's own business.
struct PackedWeights {
  int layout = 0;
  std::vector<Block> blocks;
  std::vector<uint32_t> words;
  std::vector<size_t> starts;
  std::vector<int> counts;
};

// Resizes image after image and allocates only where one is larger than all before: weights are
// kept for the sizes seen last, and so is the space between the two passes. For one thread at a
// time. Holds a few MiB at most, and the middle of the largest image.
class Resampler {
 public:
  Resampler();  // with the fastest passes of this processor
  explicit Resampler(const Passes& passes);
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;
  ~Resampler();

  // The window of `in` resized to out_width x out_height, to `out`:
  // (window.height, window.width, channels), 8 bits. channels: 1 to 4. `out` is not part of `in`.
  void resample(const PixelView& in, int out_width, int out_height, ResizeFilter filter,
                const Window& window, uint8_t* out);

 private:
  struct Axis;
  std::shared_ptr<const Axis> axis(int in_size, int out_size, ResizeFilter filter, int begin,
                                   int count, bool along_x, int channels);

  const Passes* passes_;
  std::vector<std::shared_ptr<const Axis>> kept_;
  size_t next_ = 0;  // of kept_, to be replaced
  std::vector<uint8_t> middle_;
  std::vector<uint8_t> spare_;
};

// The same, once.
std::vector<uint8_t> resample(const PixelView& in, int out_width, int out_height,
                              ResizeFilter filter, const Window& window);

// The same for 16-bit values (mode i16, 2 bytes a pixel): sums in doubles, rounds to 16 bits.
std::vector<uint8_t> resample_16(const PixelView& in, int out_width, int out_height,
                                 ResizeFilter filter, const Window& window);

// Nearest neighbour, which Pillow uses for the modes "1" and "P" whatever filter is asked for.
std::vector<uint8_t> nearest(const PixelView& in, int out_width, int out_height,
                             const Window& window);

}  // namespace sightline::image
