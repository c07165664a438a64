// Sizes and offsets of resizing and cropping.
#pragma once

#include <sightline/image.h>

namespace sightline::image {

struct Size {
  int width;
  int height;
};

// Returns the size after resizing a width x height image. Throws limit_exceeded if the aspect ratio
// is so extreme that a side would exceed 10^9 pixels.
Size resized_size(int width, int height, const PreprocessSpec& spec);

// The crop along one axis: [begin, begin + count) of the resized image is copied to the output at
// `offset`; the rest of the output is zero.
struct Span {
  int begin;
  int count;
  int offset;
};
Span crop_axis(int resized, int crop, PreprocessSpec::CropRounding rounding);

// The size after cropping an image that was resized to `resized`.
Size cropped_size(const Size& resized, const PreprocessSpec& spec);

// Throws invalid_argument if a size is outside 1..65536.
void check_spec(const PreprocessSpec& spec);

}  // namespace sightline::image
