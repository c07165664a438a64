// How large an image is resized, and what of it the crop keeps.
#pragma once

#include <sightline/image.h>

namespace sightline::image {

struct Size {
  int width;
  int height;
};

// Throws limit_exceeded where the image is too narrow.
Size resized_size(int width, int height, const PreprocessSpec& spec);

// Along one axis: the crop keeps [begin, begin + count) of the resized image, and puts it
// `offset` after the beginning of the output; what is left over is zero.
struct Span {
  int begin;
  int count;
  int offset;
};
Span crop_axis(int resized, int crop, PreprocessSpec::CropRounding rounding);

// Throws invalid_argument for sizes that no model has.
void check_spec(const PreprocessSpec& spec);

}  // namespace sightline::image
