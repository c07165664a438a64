// From a decoded picture to a model's square of pixels. Resizing is computed only for the part that
// the crop keeps; each output pixel depends on the whole sizes alone, so the result is the same.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <sstream>
#include <utility>

#include "image/convert.h"
#include "image/pixels.h"
#include "image/resample.h"

namespace sightline {
namespace {

using image::PixelView;
using image::Window;

struct Size {
  int width;
  int height;
};

// Source: torchvision transforms/functional.py, _compute_resized_output_size; transformers
// image_transforms.py, get_resize_output_image_size. Both: int(size * long / short).
Size resized_size(int width, int height, const PreprocessSpec& spec) {
  if (spec.resize == PreprocessSpec::Resize::squash) return {spec.resize_size, spec.resize_size};
  const int shorter = std::min(width, height);
  const int longer = std::max(width, height);
  const double exact = static_cast<double>(int64_t{spec.resize_size} * longer) / shorter;
  if (exact > 1e9) {
    throw Error(ErrorCode::limit_exceeded,
                "a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                    " pixels is too narrow to be resized to " + std::to_string(spec.resize_size));
  }
  const int other = static_cast<int>(exact);
  return width <= height ? Size{spec.resize_size, other} : Size{other, spec.resize_size};
}

// Along one axis: the crop keeps [begin, begin + count) of the resized picture, and puts it
// `offset` after the beginning of the output; what is left over is zero.
struct Span {
  int begin;
  int count;
  int offset;
};

// Python's // for a positive divisor.
int floor_half(int value) {
  return value >= 0 ? value / 2 : -((1 - value) / 2);
}

// Source: torchvision transforms/functional.py, center_crop (pads first, the smaller half in front;
// the offset is rounded half to even); transformers image_transforms.py, center_crop (floor, also
// of negative offsets, which puts the larger half of the padding in front).
Span crop_axis(int resized, int crop, PreprocessSpec::CropRounding rounding) {
  const int spare = resized - crop;
  if (spare >= 0) {
    const int begin = rounding == PreprocessSpec::CropRounding::half_even
                          ? static_cast<int>(std::nearbyint(spare / 2.0))
                          : spare / 2;
    return {begin, crop, 0};
  }
  const int offset =
      rounding == PreprocessSpec::CropRounding::half_even ? -spare / 2 : -floor_half(spare);
  return {0, resized, offset};
}

void check_spec(const PreprocessSpec& spec) {
  if (spec.resize_size <= 0 || spec.crop_size <= 0 || spec.resize_size > 1 << 16 ||
      spec.crop_size > 1 << 16) {
    throw Error(ErrorCode::invalid_argument,
                "a preprocessing needs sizes between 1 and 65536, found resize " +
                    std::to_string(spec.resize_size) + " and crop " +
                    std::to_string(spec.crop_size));
  }
}

// Puts window.height rows of window.width pixels into the (crop, crop) square of zeros.
std::vector<uint8_t> place(std::vector<uint8_t> pixels, const Span& x, const Span& y, int crop,
                           int channels) {
  if (x.count == crop && y.count == crop) return pixels;
  const auto bytes = static_cast<size_t>(channels);
  const size_t out_row = static_cast<size_t>(crop) * bytes;
  const size_t in_row = static_cast<size_t>(x.count) * bytes;
  std::vector<uint8_t> square(static_cast<size_t>(crop) * out_row, 0);
  for (int row = 0; row < y.count; ++row) {
    std::memcpy(square.data() + static_cast<size_t>(y.offset + row) * out_row +
                    static_cast<size_t>(x.offset) * bytes,
                pixels.data() + static_cast<size_t>(row) * in_row, in_row);
  }
  return square;
}

// Pillow's resize() of a raster in its own mode, for one window of the result. Source: Pillow
// Image.py, resize: nearest for "1" and "P"; LA and RGBA with their colours multiplied by alpha.
std::vector<uint8_t> resize_raster(const Raster& raster, Size size, const PreprocessSpec& spec,
                                   const Window& window) {
  const PixelView in = image::view(raster);
  const bool same = size.width == in.width && size.height == in.height;
  switch (raster.mode) {
    case PixelMode::bilevel:
    case PixelMode::palette:
      return image::nearest(in, size.width, size.height, window);
    case PixelMode::i16:
      return image::resample_16(in, size.width, size.height, spec.filter, window);
    case PixelMode::la:
    case PixelMode::rgba: {
      if (same) break;
      std::vector<uint8_t> multiplied = raster.pixels;
      image::multiply_by_alpha(multiplied, in.channels);
      const PixelView source{multiplied.data(), in.width, in.height, in.channels};
      std::vector<uint8_t> out =
          image::resample(source, size.width, size.height, spec.filter, window);
      image::divide_by_alpha(out, in.channels);
      return out;
    }
    default:
      break;
  }
  return image::resample(in, size.width, size.height, spec.filter, window);
}

// Resize, crop, then RGB: the square has the raster's mode until the end.
Image openai_order(const Raster& raster, Size size, const PreprocessSpec& spec, const Span& x,
                   const Span& y) {
  Raster square;
  square.mode = raster.mode;
  square.palette = raster.palette;
  square.width = square.height = spec.crop_size;
  square.pixels = place(resize_raster(raster, size, spec, {x.begin, y.begin, x.count, y.count}), x,
                        y, spec.crop_size, image::bytes_per_pixel(raster.mode));
  return to_rgb(square);
}

Image huggingface_order(const Raster& raster, Size size, const PreprocessSpec& spec, const Span& x,
                        const Span& y) {
  std::vector<uint8_t> converted;
  PixelView in = image::view(raster);
  if (raster.mode != PixelMode::rgb) {
    converted = image::rgb_pixels(raster);
    in = {converted.data(), raster.width, raster.height, 3};
  }
  std::vector<uint8_t> pixels = image::resample(in, size.width, size.height, spec.filter,
                                                {x.begin, y.begin, x.count, y.count});
  return {spec.crop_size, spec.crop_size, place(std::move(pixels), x, y, spec.crop_size, 3)};
}

}  // namespace

Image preprocess_pixels(const Raster& raster, const PreprocessSpec& spec) {
  check_spec(spec);
  if (raster.width <= 0 || raster.height <= 0 ||
      raster.pixels.size() != image::view(raster).size()) {
    throw Error(ErrorCode::invalid_argument, "a raster's pixels do not fit its size of " +
                                                 std::to_string(raster.width) + " x " +
                                                 std::to_string(raster.height));
  }
  const Size size = resized_size(raster.width, raster.height, spec);
  const Span x = crop_axis(size.width, spec.crop_size, spec.crop_rounding);
  const Span y = crop_axis(size.height, spec.crop_size, spec.crop_rounding);
  return spec.order == PreprocessSpec::Order::openai ? openai_order(raster, size, spec, x, y)
                                                     : huggingface_order(raster, size, spec, x, y);
}

Image resize(const Image& image, int width, int height, ResizeFilter filter) {
  if (width <= 0 || height <= 0 || image.width <= 0 || image.height <= 0 ||
      image.pixels.size() != image::view(image).size()) {
    throw Error(ErrorCode::invalid_argument,
                "cannot resize a picture of " + std::to_string(image.width) + " x " +
                    std::to_string(image.height) + " pixels to " + std::to_string(width) + " x " +
                    std::to_string(height));
  }
  return {width, height,
          image::resample(image::view(image), width, height, filter, {0, 0, width, height})};
}

// transformers' order of operations: the byte times 1/255 in double precision, rounded to f32; then
// minus mean, divided by std, both in f32.
void normalize_pixels(const Image& image, const PreprocessSpec& spec, float* out) {
  const size_t count = static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  if (image.pixels.size() != 3 * count) {
    throw Error(ErrorCode::invalid_argument, "a picture's pixels do not fit its size");
  }
  std::array<float, 256> levels;
  for (size_t c = 0; c < 3; ++c) {
    for (size_t value = 0; value < levels.size(); ++value) {
      const auto scaled = static_cast<float>(static_cast<double>(value) * (1.0 / 255.0));
      levels[value] = (scaled - spec.mean[c]) / spec.std[c];
    }
    const uint8_t* in = image.pixels.data() + c;
    for (size_t i = 0; i < count; ++i) out[c * count + i] = levels[in[3 * i]];
  }
}

std::string PreprocessSpec::describe() const {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(9);
  text << (resize == Resize::squash ? "squash " : "shortest_edge ") << resize_size << ", "
       << (filter == ResizeFilter::bicubic ? "bicubic" : "bilinear") << ", crop " << crop_size
       << (crop_rounding == CropRounding::half_even ? " half_even" : " floor") << ", order "
       << (order == Order::openai ? "openai" : "huggingface") << ", orientation "
       << (orientation == OrientationProfile::parity ? "parity" : "search") << ", mean " << mean[0]
       << ' ' << mean[1] << ' ' << mean[2] << ", std " << std[0] << ' ' << std[1] << ' ' << std[2];
  return text.str();
}

}  // namespace sightline
