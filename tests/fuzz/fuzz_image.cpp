// Fuzzes the decoders by the recognized format (PNG, WebP, GIF and BMP have no fuzzer of their own)
// and the orientation.
#include "codec_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto decode = [](sightline::image::Bytes bytes, const std::string& name,
                         const sightline::ImageLimits& limits, sightline::Raster& raster) {
    raster = decode_raster(bytes, name, sightline::OrientationProfile::upright, limits);
  };
  return sightline::fuzz::decode_input(decode, data, size);
}
