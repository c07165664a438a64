#include "image/draw_svg.h"

#include <sightline/error.h>

#include "base/plugin.h"

namespace sightline::image {
namespace {

DrawSvgFunction* load() {
  if (!can_draw_svg()) {
    throw Error(ErrorCode::unsupported,
                "this build cannot draw SVG images: install librsvg2-dev and build again");
  }
  return reinterpret_cast<DrawSvgFunction*>(
      plugin_symbol("svg", "sightline_draw_svg", "drawing SVG images"));
}

}  // namespace

bool can_draw_svg() {
  return plugin_exists("svg");
}

std::vector<DrawnSvg> draw_svg(std::span<const SvgDocument> documents, const SvgSquare& square) {
  static DrawSvgFunction* const draw = load();
  std::vector<DrawnSvg> drawn;
  draw(documents, square, drawn);
  return drawn;
}

}  // namespace sightline::image
