// Helpers of the image decoders: pixel views, pixel modes, size checks, errors, alpha arithmetic.
#pragma once

#include <sightline/error.h>
#include <sightline/image.h>

#include <cstdint>
#include <span>
#include <string>

namespace sightline::image {

// A non-owning view of rows of interleaved bytes, from top to bottom, without padding.
struct PixelView {
  const uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  int channels = 0;  // bytes per pixel

  size_t row_bytes() const { return static_cast<size_t>(width) * static_cast<size_t>(channels); }
  const uint8_t* row(int y) const { return data + static_cast<size_t>(y) * row_bytes(); }
  size_t size() const { return row_bytes() * static_cast<size_t>(height); }
};

int bytes_per_pixel(PixelMode mode);
const char* mode_name(PixelMode mode);  // Pillow's name: "RGB", "I;16"
inline bool has_palette(PixelMode mode) {
  return mode == PixelMode::palette || mode == PixelMode::pa;
}

// Returns a raster of zeros with an opaque black palette (modes palette and pa). Call check_size
// first.
Raster make_raster(PixelMode mode, int width, int height);
// Sets the mode and size of an existing raster. Pixel values are unspecified.
void reset_raster(PixelMode mode, int width, int height, Raster& raster);

inline PixelView view(const Raster& raster) {
  return {raster.pixels.data(), raster.width, raster.height, bytes_per_pixel(raster.mode)};
}
inline PixelView view(const Image& image) {
  return {image.pixels.data(), image.width, image.height, 3};
}

// Throws invalid_data with the message "'<name>' <problem>".
[[noreturn]] void throw_invalid_data(const std::string& name, const std::string& problem);
// Throws unsupported with the message "'<name>' is <what>, which is not supported".
[[noreturn]] void throw_unsupported(const std::string& name, const std::string& what);

// Throws invalid_data for an empty size and limit_exceeded for one over the limit. Call it with the
// size in a file's header before allocating memory for the image.
void check_size(int64_t width, int64_t height, const ImageLimits& limits, const std::string& name);

// Number of background pixels, for which a file needs no data, that are accepted: about as many as
// a camera image has.
inline constexpr int64_t kMaxBackgroundPixels = int64_t{1} << 24;

// Number of pixels accepted from a file of this size in a format that needs almost no data for a
// uniform area, such as AVIF: 0.002 bits per pixel; photographs have more than 0.1.
inline int64_t compressed_pixels(size_t file_bytes) {
  return kMaxBackgroundPixels + 4096 * static_cast<int64_t>(file_bytes);
}

// Throws invalid_data if width * height exceeds max_pixels, the largest number of pixels that the
// file's bytes can encode in its format. Call it before allocating, so that a small file with a
// huge size in its header causes no large allocation.
void check_capacity(int64_t width, int64_t height, int64_t max_pixels, size_t file_bytes,
                    const std::string& name);

// round(a * b / 255) in integer arithmetic. Source: Pillow, MULDIV255
inline uint8_t multiply_div_255(unsigned a, unsigned b) {
  const unsigned product = a * b + 128;
  return static_cast<uint8_t>(((product >> 8) + product) >> 8);
}
// Divides a premultiplied 8-bit colour by its alpha; clipped at 255.
inline uint8_t unpremultiply(unsigned value, unsigned alpha) {
  const unsigned quotient = 255 * value / alpha;
  return static_cast<uint8_t>(quotient > 255 ? 255 : quotient);
}

}  // namespace sightline::image
