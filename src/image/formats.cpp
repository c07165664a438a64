#include "image/formats.h"

#include <algorithm>

#include "image/bmp.h"
#include "image/codec_plugin.h"
#include "image/extensions.h"
#include "image/gif.h"
#include "image/jpeg.h"
#include "image/png.h"
#include "image/pnm.h"
#include "image/signature_raw.h"
#include "image/signature_svg.h"
#include "image/signatures.h"
#include "image/tga.h"
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

constexpr Codec kAvif{"avif", "AVIF", "libavif", "libavif-dev"};
constexpr Codec kHeif{"heif", "HEIC", "libheif", "libheif-dev"};
constexpr Codec kJxl{"jxl", "JPEG XL", "libjxl", "libjxl-dev"};
constexpr Codec kRaw{"raw", "a camera RAW file", "LibRaw", "libraw-dev"};
constexpr Codec kSvg{"svg", "SVG", "librsvg", "librsvg2-dev"};
constexpr Codec kJpeg2000{"jpeg2000", "JPEG 2000", "OpenJPEG", "libopenjp2-7-dev"};

using enum ImageFormat::Orientation;

constexpr ImageFormat kFormats[] = {
    {"JPEG", ".jpg", is_jpeg, decode_jpeg, as_profile},
    {"PNG", ".png", is_png, returned<decode_png>, as_profile},
    {"WebP", ".webp", is_webp, returned<decode_webp>, as_profile},
    {"GIF", ".gif", is_gif, returned<decode_gif>, as_profile},
    {"BMP", ".bmp", is_bmp, returned<decode_bmp>, as_profile},
    {"camera RAW", ".dng", is_camera_raw, decode_with_plugin<kRaw>, always},  // most are TIFF files
    {"TIFF", ".tif", is_tiff, returned<decode_tiff>, always},
    {"AVIF", ".avif", is_avif, decode_with_plugin<kAvif>, as_profile},
    {"HEIC", ".heic", is_heif, decode_with_plugin<kHeif>, as_profile},
    {"JPEG XL", ".jxl", is_jxl, decode_with_plugin<kJxl>, as_profile},
    {"SVG", ".svg", is_svg, decode_with_plugin<kSvg>, as_profile},
    {"JPEG 2000", ".jp2", is_jpeg2000, decode_with_plugin<kJpeg2000>, as_profile},
    {"PNM", ".pnm", is_pnm, returned<decode_pnm>, as_profile},
    {"TGA", ".tga", is_tga, returned<decode_tga>, as_profile},  // no magic number: last
};

}  // namespace

std::span<const ImageFormat> image_formats() {
  return kFormats;
}

const ImageFormat* find_format(Bytes head, std::string_view file_name) {
  const bool named_raw = is_tiff(head) && has_raw_extension(file_name);
  const auto found = std::ranges::find_if(kFormats, [&](const ImageFormat& format) {
    return format.matches(head) || (named_raw && format.matches == is_camera_raw);
  });
  if (found != std::end(kFormats)) return found;
  return is_named_tga(head, file_name) ? std::end(kFormats) - 1 : nullptr;
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
