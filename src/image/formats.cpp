#include "image/formats.h"

#include <algorithm>

#include "image/bmp.h"
#include "image/gif.h"
#include "image/jpeg.h"
#include "image/png.h"
#include "image/signatures.h"
#include "image/tiff.h"
#include "image/webp.h"

namespace sightline::image {
namespace {

// Adapts a decoder that returns a raster.
template <Raster (*decoder)(Bytes, const std::string&, const ImageLimits&)>
void returned(Bytes bytes, const std::string& name, const ImageLimits& limits, int /*min_side*/,
              Raster& raster) {
  raster = decoder(bytes, name, limits);
}

using enum ImageFormat::Orientation;

constexpr ImageFormat kFormats[] = {
    {"JPEG", is_jpeg, decode_jpeg, as_profile},
    {"PNG", is_png, returned<decode_png>, as_profile},
    {"WebP", is_webp, returned<decode_webp>, as_profile},
    {"GIF", is_gif, returned<decode_gif>, as_profile},
    {"BMP", is_bmp, returned<decode_bmp>, as_profile},
    {"TIFF", is_tiff, returned<decode_tiff>, always},
};

}  // namespace

std::span<const ImageFormat> image_formats() {
  return kFormats;
}

const ImageFormat* find_format(Bytes head) {
  const auto found = std::ranges::find_if(
      kFormats, [&](const ImageFormat& format) { return format.matches(head); });
  return found == std::end(kFormats) ? nullptr : found;
}

std::string format_names() {
  std::string names;
  for (const ImageFormat& format : kFormats) {
    if (!names.empty()) names += &format == std::end(kFormats) - 1 ? " and " : ", ";
    names += format.name;
  }
  return names;
}

}  // namespace sightline::image
