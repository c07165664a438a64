// Draws an SVG document with librsvg in the calling process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "image/decoders.h"
#include "image/draw_svg.h"

namespace sightline::image {

// The result of drawing, in memory that two processes can share.
struct SvgDrawing {
  enum class Status { unfinished, drawn, invalid, without_size, empty, too_large, out_of_memory };
  Status status = Status::unfinished;
  int width = 0;
  int height = 0;
  char error[256] = {};  // librsvg's message, if invalid
};

// Draws the document in its natural size, reduced to at most max_pixels pixels and kMaxSvgSide
// pixels per side, on white. Writes rows of 4 bytes (blue, green, red, unused; native endian) to
// `pixels`, which holds max_pixels pixels. References to other files and hosts are not followed.
// Throws nothing.
void draw_svg(Bytes document, int64_t max_pixels, SvgDrawing& drawing, uint32_t* pixels) noexcept;

// Draws the document as image::draw_svg() does, into square.side * square.side pixels in the same
// format. Throws nothing.
void draw_svg_in_square(Bytes document, const SvgSquare& square, SvgDrawing& drawing,
                        uint32_t* pixels) noexcept;

inline constexpr int kMaxSvgSide = 4096;

}  // namespace sightline::image
