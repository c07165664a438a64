// Any bytes as an image whose format is recognized (PNG, WebP, GIF and BMP have no fuzzer of their
// own), with its orientation applied.
#include "fuzz/image_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return sightline::decode_input(data, size, [](auto bytes, const auto& name, const auto& limits) {
    return sightline::decode_raster(bytes, name, sightline::OrientationProfile::search, limits);
  });
}
