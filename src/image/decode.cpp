#include "image/decode.h"

#include <sightline/error.h>

#include "image/exif.h"
#include "image/formats.h"
#include "image/other_formats.h"
#include "image/pixels.h"

namespace sightline {
namespace image {

bool has_image_signature(std::span<const uint8_t> head) {
  return find_format(head) != nullptr;
}

void decode_into(std::span<const uint8_t> bytes, const std::string& name,
                 const PreprocessSpec& spec, const ImageLimits& limits, Raster& raster) {
  if (bytes.empty()) throw_invalid_data(name, "is empty");
  if (static_cast<int64_t>(bytes.size()) > limits.max_bytes) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' has ", bytes.size(), " bytes, at most ",
                limits.max_bytes, " are allowed");
  }
  const ImageFormat* format = find_format(bytes, name);
  if (format == nullptr) {
    const std::optional<OtherFormat> other = find_other_format(bytes);
    if (other && other->is_image) throw_unsupported(name, other->name);
    if (other) throw_invalid_data(name, std::string("is not an image: it is ") + other->name);
    throw_invalid_data(name, "is not an image: its first bytes match none of " + format_names());
  }
  raster.full_width = raster.full_height = 0;
  raster.note.clear();
  format->decode(bytes, name, limits, spec.decode == DecodeProfile::fast ? spec.resize_size : 0,
                 raster);
  if (spec.orientation == OrientationProfile::upright ||
      format->orientation == ImageFormat::Orientation::always) {
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
