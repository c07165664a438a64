// Fuzzes the JPEG decoder, at full size and at a fraction of it. libjpeg-turbo is not instrumented.
#include "image/jpeg.h"

#include "codec_input.h"

namespace {

template <int min_side>
void decode(sightline::image::Bytes bytes, const std::string& name,
            const sightline::ImageLimits& limits, sightline::Raster& raster) {
  sightline::image::decode_jpeg(bytes, name, limits, min_side, raster);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sightline::fuzz::decode_input(decode<0>, data, size);
  return sightline::fuzz::decode_input(decode<8>, data, size);
}
