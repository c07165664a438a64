#include "report/fonts.h"

#include <pango/pangocairo.h>

#include <memory>

#include "report/text.h"

namespace sightline {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};

bool has_glyphs(PangoLayout* layout, std::string_view text) {
  pango_layout_set_text(layout, text.data(), static_cast<int>(text.size()));
  return pango_layout_get_unknown_glyphs_count(layout) == 0;
}

}  // namespace

std::string drawable_text(std::string_view text) {
  std::string plain = plain_text(text);
  const std::unique_ptr<PangoFontMap, Unref> fonts(pango_cairo_font_map_new());
  const std::unique_ptr<PangoContext, Unref> context(pango_font_map_create_context(fonts.get()));
  const std::unique_ptr<PangoLayout, Unref> layout(pango_layout_new(context.get()));
  if (has_glyphs(layout.get(), plain)) return plain;
  std::string out;
  for (const char* at = plain.c_str(); *at != '\0';) {
    const char* next = g_utf8_next_char(at);
    const std::string_view point(at, static_cast<size_t>(next - at));
    out += has_glyphs(layout.get(), point) ? point : std::string_view("?");
    at = next;
  }
  return out;
}

}  // namespace sightline
