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

// A side of `size` pixels times `scale`, as the next multiple of patch_size.
int64_t scaled_side(double scale, int size, int patch_size) {
  const double patches = std::ceil(size * scale / patch_size);
  return std::max<int64_t>(patch_size, static_cast<int64_t>(patches) * patch_size);
}

// Bisects the scale. Neighbouring scales give the same size unless a side is just a multiple, so
// that the order of the reference's operations matters.
// Source: transformers image_processing_pil_siglip2.py, get_image_size_for_max_num_patches
Size size_by_patches(int width, int height, int patch_size, int max_patches) {
  constexpr double kEps = 1e-5;
  double low = kEps / 10, high = 100.0;
  while (high - low >= kEps) {
    const double scale = (low + high) / 2;
    const double rows = static_cast<double>(scaled_side(scale, height, patch_size)) / patch_size;
    const double columns = static_cast<double>(scaled_side(scale, width, patch_size)) / patch_size;
    (rows * columns <= max_patches ? low : high) = scale;
  }
  return {static_cast<int>(scaled_side(low, width, patch_size)),
          static_cast<int>(scaled_side(low, height, patch_size))};
}

}  // namespace

// Source: torchvision transforms/functional.py, _compute_resized_output_size; transformers
// image_transforms.py, get_resize_output_image_size. Both compute int(size * long / short).
Size resized_size(int width, int height, const PreprocessSpec& spec) {
  if (spec.resize == PreprocessSpec::Resize::squash) return {spec.resize_size, spec.resize_size};
  if (spec.resize == PreprocessSpec::Resize::longest_edge)
    return size_by_longest(width, height, spec.resize_size);
  if (spec.variable_size()) {
    const Size size = size_by_patches(width, height, spec.patch_size, spec.max_patches);
    // At the least scale, for images of more than a million pixels on a side.
    if (3LL * size.width * size.height > spec.max_elements()) {
      throw Error(ErrorCode::limit_exceeded, "an image of ", width, " x ", height,
                  " pixels is too large to be resized to ", spec.max_patches, " patches");
    }
    return size;
  }
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

Size cropped_size(const Size& resized, const PreprocessSpec& spec) {
  return spec.variable_size() ? resized : Size{spec.crop_size, spec.crop_size};
}

void check_spec(const PreprocessSpec& spec) {
  constexpr int kMaxPatchSize = 1 << 10, kMaxPatches = 1 << 14;
  if (spec.variable_size() && (spec.patch_size <= 0 || spec.patch_size > kMaxPatchSize ||
                               spec.max_patches <= 0 || spec.max_patches > kMaxPatches)) {
    throw Error(ErrorCode::invalid_argument, "expected a patch_size of 1 to ", kMaxPatchSize,
                " and 1 to ", kMaxPatches, " patches, got ", spec.patch_size, " and ",
                spec.max_patches);
  }
  if (spec.resize_size <= 0 || spec.crop_size <= 0 || spec.resize_size > 1 << 16 ||
      spec.crop_size > 1 << 16) {
    throw Error(ErrorCode::invalid_argument,
                "preprocessing sizes must be between 1 and 65536, got resize ", spec.resize_size,
                " and crop ", spec.crop_size);
  }
}

}  // namespace sightline::image
