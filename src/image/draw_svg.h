// Draws SVG documents at a size that the caller chooses, unlike decode_raster(), which uses the
// document's own size.
#pragma once

#include <sightline/image.h>

#include <string>

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

// Draws a document on white. The page is first fitted into the square; then the part of it that is
// not white is drawn again, centred, so that its longer side has side - 2 * margin pixels. If that
// part is at least as long already, the page stays as it is. A document without marks is a white
// square. Draws in a child process with at most 30 s of processor time, 120 s in all and 1 GiB of
// additional memory. `name` is for messages. Thread-safe.
// Throws Error: unsupported (no plugin), invalid_data, limit_exceeded, io.
Image draw_svg(Bytes document, const std::string& name, const SvgSquare& square = {});

// The type of the plugin's function sightline_draw_svg; image has the size of the square.
using DrawSvgFunction = void(Bytes document, const std::string& name, const SvgSquare& square,
                             Image& image);

}  // namespace sightline::image
