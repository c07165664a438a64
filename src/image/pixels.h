// What the files of this folder share: views of 8-bit pixels, channels of a mode, size checks.
#pragma once

#include <sightline/error.h>
#include <sightline/image.h>

#include <cstdint>
#include <span>
#include <string>

namespace sightline::image {

// Rows of interleaved bytes, top to bottom, without padding; not owned.
struct PixelView {
  const uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  int channels = 0;  // bytes a pixel

  size_t row_bytes() const { return static_cast<size_t>(width) * static_cast<size_t>(channels); }
  const uint8_t* row(int y) const { return data + static_cast<size_t>(y) * row_bytes(); }
  size_t size() const { return row_bytes() * static_cast<size_t>(height); }
};

// Bytes a pixel of a mode.
int bytes_per_pixel(PixelMode mode);
const char* mode_name(PixelMode mode);  // Pillow's name: "RGB", "I;16"

// A raster of that size, all zeros. Call check_size first.
Raster make_raster(PixelMode mode, int width, int height);
// The same in a raster that exists; pixels keep what they were.
void shape_raster(PixelMode mode, int width, int height, Raster& raster);

inline PixelView view(const Raster& raster) {
  return {raster.pixels.data(), raster.width, raster.height, bytes_per_pixel(raster.mode)};
}
inline PixelView view(const Image& image) {
  return {image.pixels.data(), image.width, image.height, 3};
}

// Throws invalid_data ("'name' is …") for bytes that do not keep their format's promises.
[[noreturn]] void throw_broken(const std::string& name, const std::string& problem);
// Throws unsupported.
[[noreturn]] void throw_unsupported(const std::string& name, const std::string& what);

// Refuses empty images (invalid_data) and those over the limit (limit_exceeded). To be called
// with a header's numbers before anything is allocated for them.
void check_size(int64_t width, int64_t height, const ImageLimits& limits, const std::string& name);

// Pixels that a format may leave to its background without a byte of data for them, as far as they
// are believed: as many as a camera's image has.
inline constexpr int64_t kMaxUnwritten = int64_t{1} << 24;

// Refuses (invalid_data) a header that claims more than `most` pixels, where `most` is what the
// file's bytes can encode at the very best in its format. To be called like check_size: a header of
// a few bytes then costs no memory.
void check_capacity(int64_t width, int64_t height, int64_t most, size_t file_bytes,
                    const std::string& name);

// round(a * b / 255) in whole numbers, as Pillow multiplies two 8-bit shares.
inline uint8_t multiply_shares(unsigned a, unsigned b) {
  const unsigned product = a * b + 128;
  return static_cast<uint8_t>(((product >> 8) + product) >> 8);
}
// A colour that was multiplied by its alpha, divided by it again (clipped at 255).
inline uint8_t divide_share(unsigned value, unsigned alpha) {
  const unsigned quotient = 255 * value / alpha;
  return static_cast<uint8_t>(quotient > 255 ? 255 : quotient);
}

}  // namespace sightline::image
