#include "image/resize_geometry.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

namespace sightline::image {

namespace {

// Source: open_clip transform.py, ResizeKeepRatio with longest = 1: rounds half to even.
Size size_by_longest(int width, int height, int size) {
  const double ratio =
      std::max(static_cast<double>(height) / size, static_cast<double>(width) / size);
  const Size result{static_cast<int>(std::nearbyint(width / ratio)),
                    static_cast<int>(std::nearbyint(height / ratio))};
  if (result.width < 1 || result.height < 1) {
    throw Error(ErrorCode::limit_exceeded, "an image of ", width, " x ", height,
                " pixels is too narrow to be resized to ", size);
  }
  return result;
}

}  // namespace

// Source: torchvision transforms/functional.py, _compute_resized_output_size; transformers
// image_transforms.py, get_resize_output_image_size. Both compute int(size * long / short).
Size resized_size(int width, int height, const PreprocessSpec& spec) {
  if (spec.resize == PreprocessSpec::Resize::squash) return {spec.resize_size, spec.resize_size};
  if (spec.resize == PreprocessSpec::Resize::longest_edge)
    return size_by_longest(width, height, spec.resize_size);
  const int shorter = std::min(width, height);
  const int longer = std::max(width, height);
  const double exact = static_cast<double>(int64_t{spec.resize_size} * longer) / shorter;
  if (exact > 1e9) {
    throw Error(ErrorCode::limit_exceeded, "an image of ", width, " x ", height,
                " pixels is too narrow to be resized to ", spec.resize_size);
  }
  const int other = static_cast<int>(exact);
  return width <= height ? Size{spec.resize_size, other} : Size{other, spec.resize_size};
}

namespace {

// floor(value / 2).
int floor_half(int value) {
  return value >= 0 ? value / 2 : -((1 - value) / 2);
}

}  // namespace

// Source: torchvision transforms/functional.py, center_crop: rounds the offset half to even; odd
// padding has its smaller half first. transformers image_transforms.py, center_crop: rounds down,
// negative offsets too; odd padding has its larger half first.
Span crop_axis(int resized, int crop, PreprocessSpec::CropRounding rounding) {
  const int margin = resized - crop;
  if (margin >= 0) {
    const int begin = rounding == PreprocessSpec::CropRounding::half_even
                          ? static_cast<int>(std::nearbyint(margin / 2.0))
                          : margin / 2;
    return {begin, crop, 0};
  }
  const int offset =
      rounding == PreprocessSpec::CropRounding::half_even ? -margin / 2 : -floor_half(margin);
  return {0, resized, offset};
}

void check_spec(const PreprocessSpec& spec) {
  if (spec.resize_size <= 0 || spec.crop_size <= 0 || spec.resize_size > 1 << 16 ||
      spec.crop_size > 1 << 16) {
    throw Error(ErrorCode::invalid_argument,
                "preprocessing sizes must be between 1 and 65536, got resize ", spec.resize_size,
                " and crop ", spec.crop_size);
  }
}

}  // namespace sightline::image
