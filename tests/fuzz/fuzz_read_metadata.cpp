// Fuzzes the reader of metadata: any file, and any XMP sidecar, yields texts within the limits that
// are UTF-8, and no exception. libexiv2 itself is not instrumented.
#include <sightline/metadata.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "base/utf8.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_text(const std::string& text, size_t max_bytes = 1000) {
  require(text.size() <= max_bytes && sightline::is_valid_utf8(text));
}

}  // namespace

// The file if it does not begin with '<', otherwise the sidecar.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1 << 20) return 0;
  const std::span<const uint8_t> bytes(data, size), none;
  const bool sidecar = size > 0 && data[0] == '<';
  const auto metadata =
      sightline::read_metadata(sidecar ? none : bytes, "input", sidecar ? bytes : none);
  for (const std::string* text : {&metadata.camera, &metadata.lens, &metadata.title}) {
    require_text(*text);
  }
  require_text(metadata.description, 10'000);
  for (const std::string& tag : metadata.tags) require_text(tag);
  require(metadata.tags.size() <= 1000 && metadata.problems.size() <= 3);
  require(!metadata.rating || (*metadata.rating >= -1 && *metadata.rating <= 5));
  require(metadata.latitude.has_value() == metadata.longitude.has_value());
  require(!metadata.latitude || std::abs(*metadata.latitude) <= 90);
  require(!metadata.longitude || std::abs(*metadata.longitude) <= 180);
  return 0;
}
