// Fuzzes the TIFF decoder. libtiff is not instrumented.
#include "image/tiff.h"

#include "codec_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto decode = [](sightline::image::Bytes bytes, const std::string& name,
                         const sightline::ImageLimits& limits, sightline::Raster& raster) {
    raster = sightline::image::decode_tiff(bytes, name, limits);
  };
  return sightline::fuzz::decode_input(decode, data, size);
}
