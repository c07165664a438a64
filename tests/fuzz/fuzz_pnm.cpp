// Any bytes as a PNM file.
#include "image/pnm.h"

#include "fuzz/image_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (!sightline::image::is_pnm({data, size})) return 0;
  return sightline::decode_input(data, size, sightline::image::decode_pnm);
}
