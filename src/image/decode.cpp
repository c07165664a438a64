#include <sightline/image.h>

#include <cstring>
#include <string_view>

#include "image/bmp.h"
#include "image/decode.h"
#include "image/decoders.h"
#include "image/exif.h"
#include "image/gif.h"
#include "image/jpeg.h"
#include "image/pixels.h"
#include "image/png.h"
#include "image/tiff.h"
#include "image/webp.h"

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

void decode_as(Format format, Bytes bytes, const std::string& name, const ImageLimits& limits,
               int min_side, Raster& raster) {
  raster.full_width = raster.full_height = 0;
  switch (format) {
    case Format::jpeg:
      return image::decode_jpeg(bytes, name, limits, min_side, raster);
    case Format::png:
      raster = image::decode_png(bytes, name, limits);
      return;
    case Format::webp:
      raster = image::decode_webp(bytes, name, limits);
      return;
    case Format::gif:
      raster = image::decode_gif(bytes, name, limits);
      return;
    case Format::bmp:
      raster = image::decode_bmp(bytes, name, limits);
      return;
    case Format::tiff:
      raster = image::decode_tiff(bytes, name, limits);
      return;
    case Format::unknown:
      break;
  }
  image::throw_invalid_data(name,
                            "is not an image: its first bytes match none of JPEG, PNG, WebP, GIF, "
                            "BMP and TIFF");
}

}  // namespace

namespace image {

bool has_image_signature(Bytes head) {
  return sniff(head) != Format::unknown;
}

void decode_into(std::span<const uint8_t> bytes, const std::string& name,
                 const PreprocessSpec& spec, const ImageLimits& limits, Raster& raster) {
  if (bytes.empty()) throw_invalid_data(name, "is empty");
  if (static_cast<int64_t>(bytes.size()) > limits.max_bytes) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' has ", bytes.size(), " bytes, at most ",
                limits.max_bytes, " are allowed");
  }
  const Format format = sniff(bytes);
  const int min_side = spec.decode == DecodeProfile::fast ? spec.resize_size : 0;
  decode_as(format, bytes, name, limits, min_side, raster);
  // Pillow applies the orientation of TIFF images while loading them.
  if (spec.orientation == OrientationProfile::upright || format == Format::tiff) {
    apply_orientation(raster);
  }
}

}  // namespace image

Raster decode_raster(std::span<const uint8_t> bytes, const std::string& name,
                     OrientationProfile orientation, const ImageLimits& limits) {
  PreprocessSpec spec;
  spec.orientation = orientation;
  return decode_raster(bytes, name, spec, limits);
}

Raster decode_raster(std::span<const uint8_t> bytes, const std::string& name,
                     const PreprocessSpec& spec, const ImageLimits& limits) {
  Raster raster;
  image::decode_into(bytes, name, spec, limits, raster);
  return raster;
}

Image decode_image(std::span<const uint8_t> bytes, const std::string& name,
                   OrientationProfile orientation, const ImageLimits& limits) {
  return to_rgb(decode_raster(bytes, name, orientation, limits));
}

}  // namespace sightline
