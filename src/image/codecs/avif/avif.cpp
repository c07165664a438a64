// AVIF decoder based on libavif. As in Pillow: the first image, mode RGB or, with alpha, RGBA, at 8
// bits; colour profiles are not applied; the rotation and mirroring that the container prescribes
// (irot, imir) become the orientation and replace the EXIF tag.
#include <avif/avif.h>
#include <sightline/error.h>

#include <algorithm>
#include <memory>

#include "image/codec_plugin.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

struct DestroyDecoder {
  void operator()(avifDecoder* decoder) const { avifDecoderDestroy(decoder); }
};

void check(avifResult result, const avifDecoder* decoder, const std::string& name) {
  if (result == AVIF_RESULT_OK) return;
  std::string reason = avifResultToString(result);
  if (decoder != nullptr && decoder->diag.error[0] != '\0') {
    reason += ": ";
    reason += decoder->diag.error;
  }
  if (result == AVIF_RESULT_OUT_OF_MEMORY) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' needs more memory than there is");
  }
  if (result == AVIF_RESULT_NO_CODEC_AVAILABLE || result == AVIF_RESULT_NOT_IMPLEMENTED) {
    throw_unsupported(name, "an AVIF that libavif cannot decode (" + reason + ")");
  }
  throw_invalid_data(name, "is a corrupt or truncated AVIF: libavif reports '" + reason + "'");
}

// Returns the EXIF orientation that is equal to rotating anticlockwise by irot.angle quarter turns
// and then mirroring as imir says. Source: MIAF (ISO/IEC 23000-22), 7.3.6.7; EXIF 2.3.
int orientation_of(const avifImage& image) {
  const int angle = (image.transformFlags & AVIF_TRANSFORM_IROT) != 0 ? image.irot.angle & 3 : 0;
  constexpr int kRotated[] = {1, 8, 3, 6};
  constexpr int kTopBottom[] = {4, 5, 2, 7};  // then mirrored at the horizontal axis
  constexpr int kLeftRight[] = {2, 7, 4, 5};  // then mirrored at the vertical axis
  if ((image.transformFlags & AVIF_TRANSFORM_IMIR) == 0) return kRotated[angle];
  return image.imir.mode == 0 ? kTopBottom[angle] : kLeftRight[angle];
}

void decode(Bytes bytes, const std::string& name, const ImageLimits& limits, Raster& raster) {
  const std::unique_ptr<avifDecoder, DestroyDecoder> decoder(avifDecoderCreate());
  if (!decoder) check(AVIF_RESULT_OUT_OF_MEMORY, nullptr, name);
  decoder->maxThreads = 1;  // the caller decodes several images in parallel
  decoder->ignoreExif = decoder->ignoreXMP = AVIF_TRUE;
  // Pillow's choice: writers that omit pixi or write an invalid clap are common.
  decoder->strictFlags &= ~static_cast<avifStrictFlags>(AVIF_STRICT_CLAP_VALID);
  decoder->strictFlags &= ~static_cast<avifStrictFlags>(AVIF_STRICT_PIXI_REQUIRED);
  decoder->imageSizeLimit = static_cast<uint32_t>(
      std::clamp<int64_t>(limits.max_pixels, 1, AVIF_DEFAULT_IMAGE_SIZE_LIMIT));
  check(avifDecoderSetIOMemory(decoder.get(), bytes.data(), bytes.size()), decoder.get(), name);
  check(avifDecoderParse(decoder.get()), decoder.get(), name);
  const avifImage& image = *decoder->image;
  check_size(image.width, image.height, limits, name);
  check_capacity(image.width, image.height, compressed_pixels(bytes.size()), bytes.size(), name);
  const bool alpha = decoder->alphaPresent != AVIF_FALSE;
  check(avifDecoderNextImage(decoder.get()), decoder.get(), name);
  check_size(image.width, image.height, limits, name);

  reset_raster(alpha ? PixelMode::rgba : PixelMode::rgb, static_cast<int>(image.width),
               static_cast<int>(image.height), raster);
  raster.orientation = orientation_of(image);
  avifRGBImage rgb;
  avifRGBImageSetDefaults(&rgb, &image);
  rgb.depth = 8;
  rgb.format = alpha ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
  rgb.pixels = raster.pixels.data();
  rgb.rowBytes = static_cast<uint32_t>(view(raster).row_bytes());
  check(avifImageYUVToRGB(&image, &rgb), nullptr, name);
}

}  // namespace
}  // namespace sightline::image

extern "C" void sightline_decode_avif(sightline::image::Bytes bytes, const std::string& name,
                                      const sightline::ImageLimits& limits,
                                      sightline::Raster& raster) {
  sightline::image::decode(bytes, name, limits, raster);
}
