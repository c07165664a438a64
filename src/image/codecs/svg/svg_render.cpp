#include "image/codecs/svg/svg_render.h"

#include <cairo.h>
#include <librsvg/rsvg.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>

#include "image/codecs/release.h"

namespace sightline::image {
namespace {

constexpr double kPixelsPerInch = 96;  // CSS

using Handle = std::unique_ptr<RsvgHandle, Release<g_object_unref>>;
using Surface = std::unique_ptr<cairo_surface_t, Release<cairo_surface_destroy>>;
using Canvas = std::unique_ptr<cairo_t, Release<cairo_destroy>>;

void fail(SvgDrawing& drawing, GError* error) {
  const char* text = error != nullptr ? error->message : "unknown error";
  std::strncpy(drawing.error, text, sizeof drawing.error - 1);
  drawing.status = SvgDrawing::Status::invalid;
  // The text of cairo's status, which librsvg passes on.
  if (std::strstr(drawing.error, "NoMemory") != nullptr) {
    drawing.status = SvgDrawing::Status::out_of_memory;
  }
  // One line, for our message.
  std::replace(std::begin(drawing.error), std::end(drawing.error), '\n', ' ');
  g_clear_error(&error);
}

struct Size {
  double width = 0;
  double height = 0;
};

// Returns the size in CSS pixels as rsvg-convert: width and height, or the view box, or the extents
// of what is drawn; or nothing.
std::optional<Size> natural_size(RsvgHandle* handle) {
  Size size;
  if (rsvg_handle_get_intrinsic_size_in_pixels(handle, &size.width, &size.height) != 0) return size;
  gboolean has_width = 0, has_height = 0, has_view_box = 0;
  RsvgLength width{}, height{};
  RsvgRectangle box{};
  rsvg_handle_get_intrinsic_dimensions(handle, &has_width, &width, &has_height, &height,
                                       &has_view_box, &box);
  if (has_view_box != 0) return Size{box.width, box.height};
  RsvgRectangle ink{};
  if (rsvg_handle_get_geometry_for_element(handle, nullptr, &ink, nullptr, nullptr) == 0 ||
      (ink.width == 0 && ink.height == 0)) {
    return {};
  }
  return Size{ink.width, ink.height};
}

// Reduces the size if it is over the limit, and sets the size of the drawing, which is rounded up
// as in rsvg-convert; false, with the drawing's status, if there is nothing to draw.
bool choose_size(int64_t max_pixels, Size& size, SvgDrawing& drawing) {
  const double width = size.width, height = size.height;
  if (!std::isfinite(width) || !std::isfinite(height) || width <= 0 || height <= 0) {
    drawing.status = SvgDrawing::Status::empty;
    return false;
  }
  const double scale = std::min({1.0, kMaxSvgSide / width, kMaxSvgSide / height,
                                 std::sqrt(static_cast<double>(max_pixels) / width / height)});
  const auto side = [&](double length) {
    // A reduced side is rounded down, so that the product stays below max_pixels.
    const double pixels = scale < 1 ? std::floor(length * scale) : std::ceil(length);
    return static_cast<int>(std::clamp(pixels, 1.0, double{kMaxSvgSide}));
  };
  size = {width * scale, height * scale};
  drawing.width = side(width);
  drawing.height = side(height);
  if (int64_t{drawing.width} * drawing.height > max_pixels) {
    drawing.status = SvgDrawing::Status::too_large;
    return false;
  }
  return true;
}

// Parses the document; null, with the drawing's status, if it is invalid.
Handle open_document(Bytes document, SvgDrawing& drawing) {
  GError* error = nullptr;
  Handle handle(rsvg_handle_new_from_data(document.data(), document.size(), &error));
  if (!handle) {
    fail(drawing, error);
  } else {
    rsvg_handle_set_dpi(handle.get(), kPixelsPerInch);
  }
  return handle;
}

// Pixels of the drawing's size, white, with the canvas that draws on them.
struct Page {
  Page(uint32_t* pixels, const SvgDrawing& drawing)
      : surface(cairo_image_surface_create_for_data(reinterpret_cast<unsigned char*>(pixels),
                                                    CAIRO_FORMAT_RGB24, drawing.width,
                                                    drawing.height, drawing.width * 4)),
        canvas(cairo_create(surface.get())) {
    cairo_set_source_rgb(canvas.get(), 1, 1, 1);
    cairo_paint(canvas.get());
  }
  // Draws the document; false, with the drawing's status, if that is impossible.
  bool render(RsvgHandle* handle, const RsvgRectangle& viewport, SvgDrawing& drawing) {
    GError* error = nullptr;
    if (rsvg_handle_render_document(handle, canvas.get(), &viewport, &error) == 0) {
      fail(drawing, error);
      return false;
    }
    cairo_surface_flush(surface.get());
    return true;
  }

  Surface surface;
  Canvas canvas;
};

// The bounds of the pixels that are drawn on; right and bottom are exclusive.
struct Ink {
  int left, top, right = 0, bottom = 0;
};

Ink find_ink(const uint32_t* pixels, int side) {
  constexpr uint32_t kWhite = 255 - 8;  // antialiased edges and nearly white backgrounds
  Ink ink{side, side};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const uint32_t pixel = pixels[y * side + x];
      const uint32_t darkest = std::min({pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255});
      if (darkest >= kWhite) continue;
      ink = {std::min(ink.left, x), std::min(ink.top, y), std::max(ink.right, x + 1),
             std::max(ink.bottom, y + 1)};
    }
  }
  return ink;
}

}  // namespace

void draw_svg(Bytes document, int64_t max_pixels, SvgDrawing& drawing, uint32_t* pixels) noexcept {
  const Handle handle = open_document(document, drawing);
  if (!handle) return;
  std::optional<Size> size = natural_size(handle.get());
  if (!size) {
    drawing.status = SvgDrawing::Status::without_size;
    return;
  }
  if (!choose_size(max_pixels, *size, drawing)) return;
  Page page(pixels, drawing);
  if (page.render(handle.get(), {0, 0, size->width, size->height}, drawing)) {
    drawing.status = SvgDrawing::Status::drawn;
  }
}

void draw_svg_in_square(Bytes document, const SvgSquare& square, SvgDrawing& drawing,
                        uint32_t* pixels) noexcept {
  const Handle handle = open_document(document, drawing);
  if (!handle) return;
  const std::optional<Size> size = natural_size(handle.get());
  if (!size) {
    drawing.status = SvgDrawing::Status::without_size;
    return;
  }
  const double longer = std::max(size->width, size->height);
  if (!std::isfinite(longer) || size->width <= 0 || size->height <= 0) {
    drawing.status = SvgDrawing::Status::empty;
    return;
  }
  const int side = square.side;
  drawing.width = drawing.height = side;
  const double width = std::max(1.0, std::round(size->width * side / longer)),
               height = std::max(1.0, std::round(size->height * side / longer));
  const RsvgRectangle viewport{(side - width) / 2, (side - height) / 2, width, height};
  if (Page page(pixels, drawing); !page.render(handle.get(), viewport, drawing)) return;
  const Ink ink = find_ink(pixels, side);
  const int extent = std::max(ink.right - ink.left, ink.bottom - ink.top);
  const double zoom = std::min(double(side - 2 * square.margin) / extent, square.max_zoom);
  constexpr double kWorthwhile = 1.02;
  if (extent > 0 && zoom > kWorthwhile) {
    Page page(pixels, drawing);
    cairo_t* canvas = page.canvas.get();
    cairo_translate(canvas, side / 2.0, side / 2.0);
    cairo_scale(canvas, zoom, zoom);
    cairo_translate(canvas, -(ink.left + ink.right) / 2.0, -(ink.top + ink.bottom) / 2.0);
    cairo_rectangle(canvas, viewport.x, viewport.y, viewport.width, viewport.height);
    cairo_clip(canvas);
    if (!page.render(handle.get(), viewport, drawing)) return;
  }
  drawing.status = SvgDrawing::Status::drawn;
}

}  // namespace sightline::image
