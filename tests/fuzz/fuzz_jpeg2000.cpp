// Any bytes as a JPEG 2000 file.
#include "fuzz/image_input.h"

// The plugin's function, which is compiled into the fuzzer.
extern "C" void sightline_decode_jpeg2000(sightline::image::Bytes bytes, const std::string& name,
                                          const sightline::ImageLimits& limits,
                                          sightline::Raster& raster);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return sightline::decode_input(data, size, [](auto bytes, const auto& name, const auto& limits) {
    sightline::Raster raster;
    sightline_decode_jpeg2000(bytes, name, limits, raster);
    return raster;
  });
}
