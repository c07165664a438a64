// Any bytes as a TIFF file.
#include "image/tiff.h"

#include "fuzz/image_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return sightline::decode_input(data, size, sightline::image::decode_tiff);
}
