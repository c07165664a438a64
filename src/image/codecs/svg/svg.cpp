// SVG decoder based on librsvg.
#include <sightline/error.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "image/codec_plugin.h"
#include "image/codecs/svg/drawing_process.h"
#include "image/codecs/svg/svg_render.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

constexpr DrawingLimits kDecodeLimits{5, std::chrono::seconds(20)};
// More, so that the sample data do not depend on the machine.
constexpr DrawingLimits kSquareLimits{30, std::chrono::seconds(120)};

// Throws the error for a child that ended before it reported.
[[noreturn]] void throw_unfinished(int wait_status, const DrawingLimits& limits,
                                   const std::string& name) {
  // An exit code is that of a library that ends the process, such as a sanitizer's without memory.
  const int sig = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : SIGABRT;
  if (sig == SIGKILL || sig == SIGXCPU || sig == SIGALRM) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' is an SVG that needs more than ",
                limits.processor_s, " s of processor time or ", limits.wait.count(), " s to draw");
  }
  if (sig == SIGABRT || sig == SIGTRAP) {  // how Rust and GLib end without memory
    throw Error(ErrorCode::limit_exceeded, "'", name,
                "' is an SVG at which librsvg stops, most often because it needs more than 1 GiB "
                "of memory");
  }
  throw_invalid_data(name, "is an SVG at which librsvg crashes (signal " + std::to_string(sig) +
                               "); a newer version may draw it");
}

void check_drawn(const SvgDrawing& drawing, int wait_status, const DrawingLimits& limits,
                 int64_t max_pixels, const std::string& name) {
  switch (drawing.status) {
    case SvgDrawing::Status::drawn:
      return;
    case SvgDrawing::Status::unfinished:
      throw_unfinished(wait_status, limits, name);
    case SvgDrawing::Status::out_of_memory:
      throw Error(ErrorCode::limit_exceeded, "'", name,
                  "' is an SVG that needs more than 1 GiB of memory to draw");
    case SvgDrawing::Status::too_large:
      throw Error(ErrorCode::limit_exceeded, "'", name, "' is an SVG over the limit of ",
                  max_pixels, " pixels");
    case SvgDrawing::Status::without_size:
      throw_invalid_data(name,
                         "is an SVG without a size: it has neither width and height, nor a "
                         "viewBox, nor content");
    case SvgDrawing::Status::empty:
      throw_invalid_data(name, "is an SVG without an area: its width, height or viewBox is 0");
    case SvgDrawing::Status::invalid:
      throw_invalid_data(name, std::string("is not a valid SVG: librsvg reports '") +
                                   std::string(drawing.error) + "'");
  }
}

// Copies the pixels of a drawing as RGB.
void copy_pixels(const SvgDrawing& drawing, const uint32_t* pixel, std::vector<uint8_t>& rgb) {
  rgb.resize(static_cast<size_t>(drawing.width) * static_cast<size_t>(drawing.height) * 3);
  for (size_t at = 0; at + 2 < rgb.size(); at += 3, ++pixel) {
    rgb[at] = static_cast<uint8_t>(*pixel >> 16);
    rgb[at + 1] = static_cast<uint8_t>(*pixel >> 8);
    rgb[at + 2] = static_cast<uint8_t>(*pixel);
  }
}

void decode(Bytes bytes, const std::string& name, const ImageLimits& limits, Raster& raster) {
  constexpr int64_t kMaxPixels = int64_t{kMaxSvgSide} * kMaxSvgSide;
  const int64_t max_pixels = std::clamp<int64_t>(limits.max_pixels, 1, kMaxPixels);
  SharedDrawings shared(1, max_pixels);
  const auto draw = [&](size_t) {
    draw_svg(bytes, max_pixels, shared.drawing(0), shared.pixels(0));
  };
  const ChildResult result = draw_in_child(draw, 0, kDecodeLimits, shared);
  const SvgDrawing drawing = shared.drawing(0);
  check_drawn(drawing, result.wait_status, kDecodeLimits, limits.max_pixels, name);
  reset_raster(PixelMode::rgb, drawing.width, drawing.height, raster);
  copy_pixels(drawing, shared.pixels(0), raster.pixels);
}

void check_square(const SvgSquare& square) {
  if (square.side < 1 || square.side > kMaxSvgSide || square.margin < 0 ||
      2 * square.margin >= square.side) {
    throw Error(ErrorCode::invalid_argument, "cannot draw an SVG into a square of ", square.side,
                " pixels with a margin of ", square.margin);
  }
}

DrawnSvg take_drawing(const std::string& name, int wait_status, SharedDrawings& shared, size_t i,
                      int64_t max_pixels) {
  DrawnSvg drawn;
  const SvgDrawing drawing = shared.drawing(i);
  try {
    check_drawn(drawing, wait_status, kSquareLimits, max_pixels, name);
  } catch (const Error& error) {
    drawn.error = error;
    return drawn;
  }
  drawn.image.width = drawing.width;
  drawn.image.height = drawing.height;
  copy_pixels(drawing, shared.pixels(i), drawn.image.pixels);
  return drawn;
}

std::vector<DrawnSvg> draw_squares(std::span<const SvgDocument> documents,
                                   const SvgSquare& square) {
  check_square(square);
  const int64_t max_pixels = int64_t{square.side} * square.side;
  std::vector<DrawnSvg> drawn;
  if (documents.empty()) return drawn;
  SharedDrawings shared(documents.size(), max_pixels);
  const auto draw = [&](size_t i) {
    draw_svg_in_square(documents[i].bytes, square, shared.drawing(i), shared.pixels(i));
  };
  while (drawn.size() < documents.size()) {
    const size_t first = drawn.size();
    const ChildResult result = draw_in_child(draw, first, kSquareLimits, shared);
    // If the child ended early, the next document is the one at which it ended.
    const size_t end = std::min(first + result.finished + 1, documents.size());
    for (size_t i = first; i < end; ++i) {
      drawn.push_back(take_drawing(documents[i].name, result.wait_status, shared, i, max_pixels));
    }
  }
  return drawn;
}

}  // namespace
}  // namespace sightline::image

extern "C" void sightline_decode_svg(sightline::image::Bytes bytes, const std::string& name,
                                     const sightline::ImageLimits& limits,
                                     sightline::Raster& raster) {
  sightline::image::decode(bytes, name, limits, raster);
}

extern "C" void sightline_draw_svg(std::span<const sightline::image::SvgDocument> documents,
                                   const sightline::image::SvgSquare& square,
                                   std::vector<sightline::image::DrawnSvg>& drawn) {
  drawn = sightline::image::draw_squares(documents, square);
}
