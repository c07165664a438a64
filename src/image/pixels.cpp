#include "image/pixels.h"

#include <limits>

namespace sightline::image {

int bytes_per_pixel(PixelMode mode) {
  switch (mode) {
    case PixelMode::bilevel:
    case PixelMode::l:
    case PixelMode::palette:
      return 1;
    case PixelMode::la:
    case PixelMode::pa:
    case PixelMode::i16:
      return 2;
    case PixelMode::rgb:
    case PixelMode::ycbcr:
    case PixelMode::lab:
      return 3;
    case PixelMode::rgba:
    case PixelMode::cmyk:
    case PixelMode::i32:
    case PixelMode::f32:
      break;
  }
  return 4;
}

const char* mode_name(PixelMode mode) {
  switch (mode) {
    case PixelMode::bilevel:
      return "1";
    case PixelMode::l:
      return "L";
    case PixelMode::la:
      return "LA";
    case PixelMode::palette:
      return "P";
    case PixelMode::pa:
      return "PA";
    case PixelMode::rgb:
      return "RGB";
    case PixelMode::rgba:
      return "RGBA";
    case PixelMode::cmyk:
      return "CMYK";
    case PixelMode::ycbcr:
      return "YCbCr";
    case PixelMode::lab:
      return "LAB";
    case PixelMode::i16:
      return "I;16";
    case PixelMode::i32:
      return "I";
    case PixelMode::f32:
      break;
  }
  return "F";
}

Raster make_raster(PixelMode mode, int width, int height) {
  Raster raster;
  reset_raster(mode, width, height, raster);
  return raster;
}

void reset_raster(PixelMode mode, int width, int height, Raster& raster) {
  raster.mode = mode;
  raster.width = width;
  raster.height = height;
  raster.orientation = 1;
  raster.palette_has_alpha = false;
  raster.pixels.resize(static_cast<size_t>(width) * static_cast<size_t>(height) *
                       static_cast<size_t>(bytes_per_pixel(mode)));
  raster.palette.clear();
  if (has_palette(mode)) {
    raster.palette.assign(256 * 4, 0);
    for (size_t i = 3; i < raster.palette.size(); i += 4) raster.palette[i] = 255;
  }
}

void throw_invalid_data(const std::string& name, const std::string& problem) {
  throw Error(ErrorCode::invalid_data, "'", name, "' ", problem);
}

void throw_unsupported(const std::string& name, const std::string& what) {
  throw Error(ErrorCode::unsupported, "'", name, "' is ", what, ", which is not supported");
}

void check_size(int64_t width, int64_t height, const ImageLimits& limits, const std::string& name) {
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width <= 0 || height <= 0)
    throw_invalid_data(name, "has an empty size of " + size + " pixels in its header");
  constexpr int64_t kMaxSide = std::numeric_limits<int32_t>::max() / 8;
  if (width > kMaxSide || height > kMaxSide || width > limits.max_pixels / height) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' has ", size,
                " pixels according to its header, at most ", limits.max_pixels, " are allowed");
  }
}

void check_capacity(int64_t width, int64_t height, int64_t max_pixels, size_t file_bytes,
                    const std::string& name) {
  if (width <= max_pixels / height) return;
  throw_invalid_data(name, "is truncated or corrupt: its " + std::to_string(file_bytes) +
                               " bytes cannot hold the " + std::to_string(width) + " x " +
                               std::to_string(height) + " pixels given in its header");
}

}  // namespace sightline::image
