// Fuzzes the decoder based on OpenJPEG. The library itself is not instrumented.
#include "codec_input.h"

extern "C" sightline::image::CodecFunction sightline_decode_jpeg2000;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return sightline::fuzz::decode_input(sightline_decode_jpeg2000, data, size);
}
