// Any bytes as a TGA file.
#include "image/tga.h"

#include "fuzz/image_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline::image;
  if (!is_tga({data, size}) && !is_named_tga({data, size}, "a.tga")) return 0;
  return sightline::decode_input(data, size, decode_tga);
}
