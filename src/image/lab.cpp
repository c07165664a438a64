#include "image/lab.h"

#include "base/plugin.h"

namespace sightline::image {

bool lab_supported() {
  return plugin_exists("cielab");
}

void lab_to_rgb(const uint8_t* in, size_t count, uint8_t* out) {
  using Convert = void(const uint8_t*, size_t, uint8_t*);
  static auto* const convert = reinterpret_cast<Convert*>(
      plugin_symbol("cielab", "sightline_cielab_to_rgb", "the conversion of CIELAB images"));
  convert(in, count, out);
}

}  // namespace sightline::image
