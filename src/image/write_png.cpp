#include "image/write_png.h"

#include <png.h>
#include <sightline/error.h>

namespace sightline {

std::vector<uint8_t> encode_png(const Image& image) {
  const auto expected = static_cast<size_t>(image.width) * static_cast<size_t>(image.height) * 3;
  if (image.width <= 0 || image.height <= 0 || image.pixels.size() != expected) {
    throw Error(ErrorCode::invalid_argument,
                "cannot encode as PNG an image that is empty or whose pixel buffer does not match "
                "its size");
  }
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::vector<uint8_t> bytes(size);
  if (png_image_write_to_memory(&header, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) ==
      0) {
    throw Error(ErrorCode::internal, "libpng failed: ", header.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace sightline
