// Fuzzes the decoder of PNM, PAM and PFM.
#include "image/pnm.h"

#include "codec_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (!sightline::image::is_pnm({data, size})) return 0;
  const auto decode = [](sightline::image::Bytes bytes, const std::string& name,
                         const sightline::ImageLimits& limits, sightline::Raster& raster) {
    raster = sightline::image::decode_pnm(bytes, name, limits);
  };
  return sightline::fuzz::decode_input(decode, data, size);
}
