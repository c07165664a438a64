#include "drawing/canvas.h"

#include <sightline/error.h>

#include <cstring>

namespace sightline {
namespace {

cairo_status_t append_bytes(void* target, const unsigned char* data, unsigned int length) {
  auto* bytes = static_cast<std::vector<uint8_t>*>(target);
  bytes->insert(bytes->end(), data, data + length);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

Surface white_surface(int width, int height) {
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
  const Canvas canvas(cairo_create(surface.get()));
  cairo_set_source_rgb(canvas.get(), 1, 1, 1);
  cairo_paint(canvas.get());
  return surface;
}

void draw_text(cairo_t* canvas, const std::string& text, double x, double y, int width,
               const TextStyle& style) {
  const std::unique_ptr<PangoLayout, Release> layout(pango_cairo_create_layout(canvas));
  const std::unique_ptr<PangoFontDescription, Release> font(
      pango_font_description_from_string(style.font));
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_width(layout.get(), width * PANGO_SCALE);
  pango_layout_set_height(layout.get(), -style.lines);  // negative: lines
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment(layout.get(), style.centered ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  cairo_set_source_rgb(canvas, style.grey, style.grey, style.grey);
  cairo_move_to(canvas, x, y);
  pango_cairo_show_layout(canvas, layout.get());
}

void draw_image(cairo_t* canvas, const Image& image, double x, double y) {
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width, image.height));
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) return;
  unsigned char* out = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int row = 0; row < image.height; ++row) {
    const uint8_t* from =
        image.pixels.data() + static_cast<size_t>(row) * static_cast<size_t>(image.width) * 3;
    for (int column = 0; column < image.width; ++column, from += 3) {
      const uint32_t pixel =
          static_cast<uint32_t>(from[0]) << 16 | static_cast<uint32_t>(from[1]) << 8 | from[2];
      std::memcpy(out + static_cast<ptrdiff_t>(row) * stride + column * 4, &pixel, 4);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  cairo_set_source_surface(canvas, surface.get(), x, y);
  cairo_paint(canvas);
}

std::vector<uint8_t> encode_canvas(cairo_t* canvas, cairo_surface_t* surface, const char* what) {
  std::vector<uint8_t> png;
  const cairo_status_t status =
      cairo_status(canvas) != CAIRO_STATUS_SUCCESS
          ? cairo_status(canvas)
          : cairo_surface_write_to_png_stream(surface, append_bytes, &png);
  if (status != CAIRO_STATUS_SUCCESS) {
    throw Error(ErrorCode::internal, what, " could not be drawn: ", cairo_status_to_string(status));
  }
  return png;
}

}  // namespace sightline
