// Fuzzes drawing with librsvg, in the fuzzer's process instead of a child. The library itself is
// not instrumented.
#include <cstdlib>
#include <vector>

#include "image/codecs/svg/svg_render.h"

// Debian 12's libxml2 loses a name when an entity refers to itself. Sightline draws in a child
// process, which ends.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libxml2\nleak:libfontconfig";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sightline::image::SvgDrawing;
  constexpr int64_t kMaxPixels = 1 << 12;
  static std::vector<uint32_t> pixels(kMaxPixels);
  SvgDrawing drawing;
  sightline::image::draw_svg({data, size}, kMaxPixels, drawing, pixels.data());
  if (drawing.status == SvgDrawing::Status::unfinished) std::abort();
  const bool drawn = drawing.status == SvgDrawing::Status::drawn;
  if (drawn && int64_t{drawing.width} * drawing.height > kMaxPixels) std::abort();
  SvgDrawing square;
  sightline::image::draw_svg_in_square({data, size}, {48, 2, 16}, square, pixels.data());
  if (square.status == SvgDrawing::Status::unfinished) std::abort();
  return 0;
}
