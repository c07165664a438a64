// Any bytes as a JPEG file, at full size and at a fraction of it.
#include "image/jpeg.h"

#include "fuzz/image_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const int min_side : {0, 8}) {
    sightline::decode_input(data, size, [&](auto bytes, const auto& name, const auto& limits) {
      sightline::Raster raster;
      sightline::image::decode_jpeg(bytes, name, limits, min_side, raster);
      return raster;
    });
  }
  return 0;
}
