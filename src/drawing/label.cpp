#include "drawing/label.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>

#include "drawing/canvas.h"

namespace sightline {
namespace {

using Layout = std::unique_ptr<PangoLayout, Release>;

constexpr double kWidth = 0.8, kHeight = 0.2;  // of the square, with the margin
constexpr double kMargin = 0.15;               // of the height of the text

Layout make_layout(cairo_t* canvas, const std::string& word) {
  Layout layout(pango_cairo_create_layout(canvas));
  pango_layout_set_text(layout.get(), word.data(), static_cast<int>(word.size()));
  return layout;
}

void set_font_size(PangoLayout* layout, double pixels) {
  const std::unique_ptr<PangoFontDescription, Release> font(
      pango_font_description_from_string("Sans Bold"));
  pango_font_description_set_absolute_size(font.get(), pixels * PANGO_SCALE);
  pango_layout_set_font_description(layout, font.get());
}

struct Size {
  int width = 0, height = 0;
};

Size size_of(PangoLayout* layout) {
  Size size;
  pango_layout_get_pixel_size(layout, &size.width, &size.height);
  return size;
}

// Makes the text as large as fits into a box.
Size fit(PangoLayout* layout, double width, double height) {
  constexpr double kReference = 100;
  set_font_size(layout, kReference);
  const Size at = size_of(layout);
  const double zoom = std::min(width / std::max(1, at.width), height / std::max(1, at.height));
  set_font_size(layout, std::max(1.0, kReference * zoom));
  return size_of(layout);
}

void draw(cairo_t* canvas, const Image& image, const std::string& word) {
  const double side = std::min(image.width, image.height);
  const Layout layout = make_layout(canvas, word);
  const double room = 1 / (1 + 2 * kMargin);
  const Size text = fit(layout.get(), kWidth * side * room, kHeight * side * room);
  const double margin = kMargin * text.height;
  const double x = (image.width - text.width) / 2.0;
  const double y = image.height / 2.0 + side / 4 - text.height / 2.0;
  cairo_set_source_rgb(canvas, 1, 1, 1);
  cairo_rectangle(canvas, x - margin, y - margin, text.width + 2 * margin,
                  text.height + 2 * margin);
  cairo_fill(canvas);
  cairo_set_source_rgb(canvas, 0, 0, 0);
  cairo_move_to(canvas, x, y);
  pango_cairo_show_layout(canvas, layout.get());
}

void copy_pixels(cairo_surface_t* surface, Image& image) {
  cairo_surface_flush(surface);
  const unsigned char* from = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  uint8_t* out = image.pixels.data();
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column, out += 3) {
      uint32_t pixel = 0;
      std::memcpy(&pixel, from + static_cast<ptrdiff_t>(row) * stride + column * 4, 4);
      out[0] = static_cast<uint8_t>(pixel >> 16);
      out[1] = static_cast<uint8_t>(pixel >> 8);
      out[2] = static_cast<uint8_t>(pixel);
    }
  }
}

}  // namespace

bool can_draw(const std::string& text) {
  const Surface surface = white_surface(1, 1);
  const Canvas canvas(cairo_create(surface.get()));
  const Layout layout = make_layout(canvas.get(), text);
  set_font_size(layout.get(), 16);
  return pango_layout_get_unknown_glyphs_count(layout.get()) == 0;
}

void draw_label(Image& image, const std::string& word) {
  if (image.width < 1 || image.height < 1)
    throw Error(ErrorCode::invalid_argument, "cannot draw a word on an empty image");
  const Surface surface = white_surface(image.width, image.height);
  const Canvas canvas(cairo_create(surface.get()));
  draw_image(canvas.get(), image, 0, 0);
  draw(canvas.get(), image, word);
  if (const cairo_status_t status = cairo_status(canvas.get()); status != CAIRO_STATUS_SUCCESS) {
    throw Error(ErrorCode::internal, "a word could not be drawn: ", cairo_status_to_string(status));
  }
  copy_pixels(surface.get(), image);
}

}  // namespace sightline
