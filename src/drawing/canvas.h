// Drawing with Cairo and Pango: surfaces, texts and images.
#pragma once

#include <pango/pangocairo.h>
#include <sightline/image.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

struct Release {
  void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
  void operator()(cairo_t* c) const { cairo_destroy(c); }
  void operator()(PangoLayout* l) const { g_object_unref(l); }
  void operator()(PangoFontDescription* f) const { pango_font_description_free(f); }
};
using Surface = std::unique_ptr<cairo_surface_t, Release>;
using Canvas = std::unique_ptr<cairo_t, Release>;

struct TextStyle {
  const char* font;
  double grey;  // 0 black … 1 white
  int lines;
  bool centered = true;
};

// Returns a white RGB surface.
Surface white_surface(int width, int height);

// Draws plain text (drawable_text) in a box of this width, wrapped and shortened to style.lines.
void draw_text(cairo_t* canvas, const std::string& text, double x, double y, int width,
               const TextStyle& style);

void draw_image(cairo_t* canvas, const Image& image, double x, double y);

// Returns the drawing as a PNG file. `what`: in the message. Throws internal if drawing failed.
std::vector<uint8_t> encode_canvas(cairo_t* canvas, cairo_surface_t* surface, const char* what);

}  // namespace sightline
