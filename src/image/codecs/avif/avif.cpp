// AVIF decoder based on libavif. As in Pillow: the first image, mode RGB or, with alpha, RGBA, at 8
// bits; colour profiles are not applied; the rotation and mirroring that the container prescribes
// (irot, imir) become the orientation and replace the EXIF tag.
#include <avif/avif.h>
#include <sightline/error.h>

#include <algorithm>
#include <memory>
#include <vector>

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

// Whether libyuv converts with these coefficients. Those derived from the primaries are known for
// some primaries. Source: ITU-T H.273
bool has_fast_matrix(const avifImage& image) {
  constexpr int kKnown[] = {AVIF_MATRIX_COEFFICIENTS_BT709, AVIF_MATRIX_COEFFICIENTS_UNSPECIFIED,
                            AVIF_MATRIX_COEFFICIENTS_BT470BG, AVIF_MATRIX_COEFFICIENTS_BT601,
                            AVIF_MATRIX_COEFFICIENTS_BT2020_NCL};
  const bool derived = image.matrixCoefficients == AVIF_MATRIX_COEFFICIENTS_CHROMA_DERIVED_NCL;
  const int code = derived ? image.colorPrimaries : image.matrixCoefficients;
  return std::ranges::find(kKnown, code) != std::end(kKnown);
}

// Whether libavif 1.x, which Pillow contains, drops the bits beyond 8 before it converts to RGB. It
// does so where libyuv knows the matrix but not the depth; the others round afterwards.
bool is_reduced(const avifImage& image) {
  const bool grey = image.yuvFormat == AVIF_PIXEL_FORMAT_YUV400;
  const bool direct = image.depth == 10 && image.alphaPlane != nullptr;
  return image.depth > 8 && !grey && !direct && has_fast_matrix(image);
}

// A view of an image whose samples are reduced to 8 bits where libavif 1.x does so.
class EightBits {
 public:
  EightBits(const avifImage& image, const std::string& name) : view_(avifImageCreateEmpty()) {
    if (!view_) check(AVIF_RESULT_OUT_OF_MEMORY, nullptr, name);
    const avifCropRect whole{0, 0, image.width, image.height};
    check(avifImageSetViewRect(view_.get(), &image, &whole), nullptr, name);
    if (!is_reduced(image)) return;
    avifPixelFormatInfo format;
    avifGetPixelFormatInfo(image.yuvFormat, &format);
    const uint32_t chroma_width = (image.width + format.chromaShiftX) >> format.chromaShiftX;
    const uint32_t chroma_height = (image.height + format.chromaShiftY) >> format.chromaShiftY;
    reduce(image.width, image.height, view_->yuvPlanes[0], view_->yuvRowBytes[0], planes_[0]);
    for (const int c : {1, 2}) {
      reduce(chroma_width, chroma_height, view_->yuvPlanes[c], view_->yuvRowBytes[c], planes_[c]);
    }
    reduce(image.width, image.height, view_->alphaPlane, view_->alphaRowBytes, planes_[3]);
    view_->depth = 8;
  }
  const avifImage* get() const { return view_.get(); }

 private:
  void reduce(uint32_t width, uint32_t height, uint8_t*& plane, uint32_t& row_bytes,
              std::vector<uint8_t>& reduced) const {
    if (plane == nullptr) return;
    const unsigned dropped = view_->depth - 8;
    reduced.resize(size_t{width} * height);
    for (uint32_t y = 0; y < height; ++y) {
      const auto* from = reinterpret_cast<const uint16_t*>(plane + size_t{y} * row_bytes);
      uint8_t* to = reduced.data() + size_t{y} * width;
      for (uint32_t x = 0; x < width; ++x) to[x] = static_cast<uint8_t>(from[x] >> dropped);
    }
    plane = reduced.data();
    row_bytes = width;
  }

  struct DestroyImage {
    void operator()(avifImage* image) const { avifImageDestroy(image); }
  };
  std::unique_ptr<avifImage, DestroyImage> view_;
  std::vector<uint8_t> planes_[4];
};

void decode(Bytes bytes, const std::string& name, const ImageLimits& limits, Raster& raster) {
  const std::unique_ptr<avifDecoder, DestroyDecoder> decoder(avifDecoderCreate());
  if (!decoder) check(AVIF_RESULT_OUT_OF_MEMORY, nullptr, name);
  decoder->maxThreads = 1;  // the caller decodes several images in parallel
  decoder->ignoreExif = decoder->ignoreXMP = AVIF_TRUE;
  // Pillow's choice: writers that omit pixi or write an invalid clap are common.
  decoder->strictFlags &= ~static_cast<avifStrictFlags>(AVIF_STRICT_CLAP_VALID);
  decoder->strictFlags &= ~static_cast<avifStrictFlags>(AVIF_STRICT_PIXI_REQUIRED);
  check(avifDecoderSetIOMemory(decoder.get(), bytes.data(), bytes.size()), decoder.get(), name);
  check(avifDecoderParse(decoder.get()), decoder.get(), name);
  const avifImage& image = *decoder->image;
  check_size(image.width, image.height, limits, name);
  check_capacity(image.width, image.height, compressed_pixels(bytes.size()), bytes.size(), name);
  // The coded image may be larger than the header says.
  decoder->imageSizeLimit = static_cast<uint32_t>(
      std::clamp<int64_t>(limits.max_pixels, 1, AVIF_DEFAULT_IMAGE_SIZE_LIMIT));
  const bool alpha = decoder->alphaPresent != AVIF_FALSE;
  check(avifDecoderNextImage(decoder.get()), decoder.get(), name);
  check_size(image.width, image.height, limits, name);
  const EightBits pixels(image, name);

  reset_raster(alpha ? PixelMode::rgba : PixelMode::rgb, static_cast<int>(image.width),
               static_cast<int>(image.height), raster);
  raster.orientation = orientation_of(image);
  avifRGBImage rgb;
  avifRGBImageSetDefaults(&rgb, pixels.get());
  rgb.depth = 8;
  rgb.format = alpha ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
  rgb.pixels = raster.pixels.data();
  rgb.rowBytes = static_cast<uint32_t>(view(raster).row_bytes());
  check(avifImageYUVToRGB(pixels.get(), &rgb), nullptr, name);
}

}  // namespace
}  // namespace sightline::image

extern "C" void sightline_decode_avif(sightline::image::Bytes bytes, const std::string& name,
                                      const sightline::ImageLimits& limits,
                                      sightline::Raster& raster) {
  sightline::image::decode(bytes, name, limits, raster);
}
