// Draws SVG documents at a size that the caller chooses, unlike decode_raster(), which uses the
// document's own size.
#pragma once

#include <sightline/error.h>
#include <sightline/image.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/decoders.h"

namespace sightline::image {

// A square that is filled with what a document shows.
struct SvgSquare {
  int side = 224;        // pixels, at most 4096
  int margin = 4;        // pixels between the drawing and the edges
  double max_zoom = 16;  // relative to the whole page in the square
};

// Whether this build has the plugin that draws SVG documents.
bool can_draw_svg();

struct SvgDocument {
  Bytes bytes;
  std::string name;  // for messages
};

// An image of the size of the square, or the reason why there is none.
struct DrawnSvg {
  Image image;
  std::optional<Error> error;  // invalid_data, limit_exceeded
};

// Draws documents on white. The page is first fitted into the square; then the part of it that is
// not white is drawn again, centred, so that its longer side has side - 2 * margin pixels. If that
// part is at least as long already, the page stays as it is. A document without marks is a white
// square. Draws in a child process, with at most 30 s of processor time and 120 s in all for each
// document, and 1 GiB of additional memory; a process for many documents costs less than one for
// each. The results have the order of the documents. Thread-safe.
// Throws Error: unsupported (no plugin), invalid_argument (the square), io.
std::vector<DrawnSvg> draw_svg(std::span<const SvgDocument> documents,
                               const SvgSquare& square = {});

// The type of the plugin's function sightline_draw_svg.
using DrawSvgFunction = void(std::span<const SvgDocument> documents, const SvgSquare& square,
                             std::vector<DrawnSvg>& drawn);

}  // namespace sightline::image
