// Fuzzes the readers of an image's orientation: any metadata yields an orientation from 1 to 8.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "image/exif.h"
#include "image/png_metadata.h"

namespace {

void require(int orientation) {
  if (orientation < 1 || orientation > 8) std::abort();
}

}  // namespace

// The input is a sequence of parts: four bytes of a chunk's type, two of the length, the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span<const uint8_t> rest(data, size);
  std::span<const uint8_t> before;
  sightline::image::PngMetadata metadata;
  while (rest.size() >= 6) {
    const auto type = rest.first(4);
    const size_t length = std::min<size_t>(rest[4] + 256u * rest[5], rest.size() - 6);
    const auto body = rest.subspan(6, length);
    rest = rest.subspan(6 + length);
    metadata.add(type, body);
    require(sightline::image::exif_orientation(body, before));
    before = body;
  }
  require(metadata.orientation());
  return 0;
}
