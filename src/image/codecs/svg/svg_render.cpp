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

}  // namespace

void draw_svg(Bytes document, int64_t max_pixels, SvgDrawing& drawing, uint32_t* pixels) noexcept {
  GError* error = nullptr;
  const Handle handle(rsvg_handle_new_from_data(document.data(), document.size(), &error));
  if (!handle) return fail(drawing, error);
  rsvg_handle_set_dpi(handle.get(), kPixelsPerInch);
  std::optional<Size> size = natural_size(handle.get());
  if (!size) {
    drawing.status = SvgDrawing::Status::without_size;
    return;
  }
  if (!choose_size(max_pixels, *size, drawing)) return;
  const Surface surface(cairo_image_surface_create_for_data(
      reinterpret_cast<unsigned char*>(pixels), CAIRO_FORMAT_RGB24, drawing.width, drawing.height,
      drawing.width * 4));
  const Canvas canvas(cairo_create(surface.get()));
  cairo_set_source_rgb(canvas.get(), 1, 1, 1);
  cairo_paint(canvas.get());
  const RsvgRectangle viewport{0, 0, size->width, size->height};
  if (rsvg_handle_render_document(handle.get(), canvas.get(), &viewport, &error) == 0) {
    return fail(drawing, error);
  }
  cairo_surface_flush(surface.get());
  drawing.status = SvgDrawing::Status::drawn;
}

}  // namespace sightline::image
