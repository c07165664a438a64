#include <sightline/image.h>

#include <cstring>
#include <string_view>

#include "image/decoders.h"
#include "image/exif.h"
#include "image/pixels.h"

namespace sightline {
namespace {

using image::Bytes;

enum class Format { jpeg, png, webp, gif, bmp, tiff, unknown };

bool starts_with(Bytes bytes, std::string_view magic, size_t at = 0) {
  return bytes.size() >= at + magic.size() &&
         std::memcmp(bytes.data() + at, magic.data(), magic.size()) == 0;
}

Format sniff(Bytes bytes) {
  using namespace std::string_view_literals;
  if (starts_with(bytes, "\xff\xd8\xff"sv)) return Format::jpeg;
  if (starts_with(bytes, "\x89PNG\r\n\x1a\n"sv)) return Format::png;
  if (starts_with(bytes, "RIFF"sv) && starts_with(bytes, "WEBP"sv, 8)) return Format::webp;
  if (starts_with(bytes, "GIF87a"sv) || starts_with(bytes, "GIF89a"sv)) return Format::gif;
  if (starts_with(bytes, "II*\0"sv) || starts_with(bytes, "MM\0*"sv) ||
      starts_with(bytes, "II+\0"sv) || starts_with(bytes, "MM\0+"sv)) {
    return Format::tiff;
  }
  if (starts_with(bytes, "BM"sv) && bytes.size() >= 18) return Format::bmp;
  return Format::unknown;
}

Raster decode_as(Format format, Bytes bytes, const std::string& name, const ImageLimits& limits) {
  switch (format) {
    case Format::jpeg:
      return image::decode_jpeg(bytes, name, limits);
    case Format::png:
      return image::decode_png(bytes, name, limits);
    case Format::webp:
      return image::decode_webp(bytes, name, limits);
    case Format::gif:
      return image::decode_gif(bytes, name, limits);
    case Format::bmp:
      return image::decode_bmp(bytes, name, limits);
    case Format::tiff:
      return image::decode_tiff(bytes, name, limits);
    case Format::unknown:
      break;
  }
  image::throw_broken(name,
                      "is not a picture: its first bytes are none of JPEG, PNG, WebP, GIF, "
                      "BMP and TIFF");
}

}  // namespace

Raster decode_raster(std::span<const uint8_t> bytes, const std::string& name,
                     OrientationProfile orientation, const ImageLimits& limits) {
  if (bytes.empty()) image::throw_broken(name, "is empty");
  if (static_cast<int64_t>(bytes.size()) > limits.max_bytes) {
    throw Error(ErrorCode::limit_exceeded, "'" + name + "' has " + std::to_string(bytes.size()) +
                                               " bytes, at most " +
                                               std::to_string(limits.max_bytes) + " are decoded");
  }
  const Format format = sniff(bytes);
  Raster raster = decode_as(format, bytes, name, limits);
  // Pillow itself turns TIFF pictures while it loads them, so parity turns them too.
  if (orientation == OrientationProfile::search || format == Format::tiff) {
    image::turn_upright(raster);
  }
  return raster;
}

Image decode_image(std::span<const uint8_t> bytes, const std::string& name,
                   OrientationProfile orientation, const ImageLimits& limits) {
  return to_rgb(decode_raster(bytes, name, orientation, limits));
}

}  // namespace sightline
