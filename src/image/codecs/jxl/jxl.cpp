// JPEG XL decoder based on libjxl, for containers and bare codestreams. As djxl: the first frame
// with its layers blended, rotated as the file's orientation says, in the colour space that libjxl
// decodes to by default; 8 bits per channel; mode L, LA, RGB or RGBA.
#include <jxl/decode.h>
#include <sightline/error.h>

#include <memory>

#include "image/codec_plugin.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

struct DestroyDecoder {
  void operator()(JxlDecoder* decoder) const { JxlDecoderDestroy(decoder); }
};
using Decoder = std::unique_ptr<JxlDecoder, DestroyDecoder>;

[[noreturn]] void throw_corrupt(const std::string& name) {
  throw_invalid_data(name, "is a corrupt or truncated JPEG XL: libjxl cannot decode it");
}

void check(JxlDecoderStatus status, const std::string& name) {
  if (status != JXL_DEC_SUCCESS) throw_corrupt(name);
}

// CMYK images have the black ink in an extra channel; without it the colours would be wrong.
void reject_black_channel(const JxlDecoder* decoder, const JxlBasicInfo& info,
                          const std::string& name) {
  for (uint32_t channel = 0; channel < info.num_extra_channels; ++channel) {
    JxlExtraChannelInfo extra{};
    check(JxlDecoderGetExtraChannelInfo(decoder, channel, &extra), name);
    if (extra.type == JXL_CHANNEL_BLACK) throw_unsupported(name, "a JPEG XL in CMYK");
  }
}

PixelMode mode_of(const JxlBasicInfo& info) {
  if (info.num_color_channels == 1) return info.alpha_bits > 0 ? PixelMode::la : PixelMode::l;
  return info.alpha_bits > 0 ? PixelMode::rgba : PixelMode::rgb;
}

void prepare_raster(const JxlDecoder* decoder, size_t file_bytes, const ImageLimits& limits,
                    const std::string& name, Raster& raster) {
  JxlBasicInfo info{};
  check(JxlDecoderGetBasicInfo(decoder, &info), name);
  check_size(info.xsize, info.ysize, limits, name);
  check_capacity(info.xsize, info.ysize, compressed_pixels(file_bytes), file_bytes, name);
  reject_black_channel(decoder, info, name);
  reset_raster(mode_of(info), static_cast<int>(info.xsize), static_cast<int>(info.ysize), raster);
}

void set_output(JxlDecoder* decoder, Raster& raster, const std::string& name) {
  const JxlPixelFormat format{static_cast<uint32_t>(bytes_per_pixel(raster.mode)), JXL_TYPE_UINT8,
                              JXL_NATIVE_ENDIAN, 0};
  size_t size = 0;
  check(JxlDecoderImageOutBufferSize(decoder, &format, &size), name);
  if (size != raster.pixels.size()) throw_corrupt(name);
  check(JxlDecoderSetImageOutBuffer(decoder, &format, raster.pixels.data(), size), name);
}

void decode(Bytes bytes, const std::string& name, const ImageLimits& limits, Raster& raster) {
  // Without a parallel runner, libjxl uses the calling thread only.
  const Decoder decoder(JxlDecoderCreate(nullptr));
  if (!decoder) throw Error(ErrorCode::internal, "libjxl cannot create a decoder");
  check(JxlDecoderSubscribeEvents(decoder.get(), JXL_DEC_BASIC_INFO | JXL_DEC_FULL_IMAGE), name);
  check(JxlDecoderSetUnpremultiplyAlpha(decoder.get(), JXL_TRUE), name);
  check(JxlDecoderSetInput(decoder.get(), bytes.data(), bytes.size()), name);
  JxlDecoderCloseInput(decoder.get());
  bool sized = false;
  for (;;) {
    switch (JxlDecoderProcessInput(decoder.get())) {
      case JXL_DEC_BASIC_INFO:
        prepare_raster(decoder.get(), bytes.size(), limits, name, raster);
        sized = true;
        break;
      case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
        if (!sized) throw_corrupt(name);
        set_output(decoder.get(), raster, name);
        break;
      case JXL_DEC_FULL_IMAGE:
        return;
      default:
        throw_corrupt(name);
    }
  }
}

}  // namespace
}  // namespace sightline::image

extern "C" void sightline_decode_jxl(sightline::image::Bytes bytes, const std::string& name,
                                     const sightline::ImageLimits& limits,
                                     sightline::Raster& raster) {
  sightline::image::decode(bytes, name, limits, raster);
}
