// Fuzzes the TGA decoder, as for a file with the extension .tga.
#include "image/tga.h"

#include "codec_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (!sightline::image::is_named_tga({data, size}, ".tga")) return 0;
  const auto decode = [](sightline::image::Bytes bytes, const std::string& name,
                         const sightline::ImageLimits& limits, sightline::Raster& raster) {
    raster = sightline::image::decode_tga(bytes, name, limits);
  };
  return sightline::fuzz::decode_input(decode, data, size);
}
