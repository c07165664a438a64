#include "report/fonts.h"

#include <pango/pangocairo.h>
#include <sightline/report.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <vector>

#include "base/text.h"
#include "report/text.h"

namespace sightline {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};

// Asks Pango whether text can be drawn. Not thread-safe.
class Glyphs {
 public:
  Glyphs()
      : context_(pango_font_map_create_context(pango_cairo_font_map_get_default())),
        layout_(pango_layout_new(context_.get())) {}

  bool has_all(std::string_view text) const {
    pango_layout_set_text(layout_.get(), text.data(), static_cast<int>(text.size()));
    return pango_layout_get_unknown_glyphs_count(layout_.get()) == 0;
  }

 private:
  std::unique_ptr<PangoContext, Unref> context_;
  std::unique_ptr<PangoLayout, Unref> layout_;
};

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// Calls use(point, code, drawable) for each character of well-formed UTF-8.
template <typename Use>
void for_each_character(const Glyphs& glyphs, const std::string& plain, Use use) {
  for (const char* at = plain.c_str(); *at != '\0';) {
    const char* next = g_utf8_next_char(at);
    const std::string_view point(at, static_cast<size_t>(next - at));
    use(point, g_utf8_get_char(at), glyphs.has_all(point));
    at = next;
  }
}

std::string code_point_name(gunichar code) {
  char name[16];
  std::snprintf(name, sizeof name, "U+%04X", static_cast<unsigned>(code));
  return name;
}

// The Debian package of a font with the character; empty if it is not a public, assigned one.
const char* package_for(gunichar code) {
  const GUnicodeType type = g_unichar_type(code);
  if (type == G_UNICODE_UNASSIGNED || type == G_UNICODE_PRIVATE_USE) return "";
  switch (g_unichar_get_script(code)) {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_HANGUL:
    case G_UNICODE_SCRIPT_BOPOMOFO:
      return "fonts-wqy-microhei";
    default:
      // Ideographic punctuation and full-width forms belong to no script.
      return g_unichar_iswide(code) && code < 0x1F000 ? "fonts-wqy-microhei" : "fonts-noto-core";
  }
}

}  // namespace

std::string drawable_text(std::string_view text) {
  std::string plain = plain_text(text);
  if (is_printable_ascii(plain)) return plain;
  const Glyphs glyphs;
  if (glyphs.has_all(plain)) return plain;
  std::string out;
  bool missing = false;  // within a run of missing characters
  for_each_character(glyphs, plain, [&](std::string_view point, gunichar code, bool drawable) {
    if (drawable && missing) out += "›";
    if (!drawable) out += (missing ? " " : "‹") + code_point_name(code);
    if (drawable) out += point;
    missing = !drawable;
  });
  return missing ? out + "›" : out;
}

std::string missing_characters_warning(std::span<const std::string> texts) {
  const Glyphs glyphs;
  std::set<gunichar> codes;
  gunichar first = 0;
  for (const std::string& text : texts) {
    const std::string plain = plain_text(text);
    if (is_printable_ascii(plain) || glyphs.has_all(plain)) continue;
    for_each_character(glyphs, plain, [&](std::string_view, gunichar code, bool drawable) {
      if (!drawable && codes.insert(code).second && codes.size() == 1) first = code;
    });
  }
  if (codes.empty()) return "";
  const std::string package = package_for(first);
  return "no installed font can draw " + counted(static_cast<int64_t>(codes.size()), "character") +
         " of the labels and captions, such as " + code_point_name(first) +
         "; images show the code points instead" +
         (package.empty() ? ""
                          : " (a font for this character: Debian package " + package +
                                ", for example apt-get install " + package + ")");
}

std::string missing_fonts_warning(const ExperimentResult& result) {
  std::vector<std::string> texts = {result.dataset.filename().string()};
  const auto add_row = [&](int64_t index) {
    const ExperimentRow& row = result.rows[static_cast<size_t>(index)];
    texts.push_back(row.captions.empty() ? row.id : row.captions[0]);
  };
  for (const ModelResult& model : result.models) {
    texts.push_back(model.label);
    for (const FreeQuery& query : model.queries) {
      texts.push_back(query.text);
      for (const Hit& hit : query.hits) add_row(hit.index);
    }
    for (const ExampleRow& example : model.examples) {
      const auto t = static_cast<size_t>(example.text);
      const auto& captions = result.rows[static_cast<size_t>(result.text_row[t])].captions;
      texts.push_back(captions[static_cast<size_t>(result.text_caption[t])]);
      for (const Hit& hit : example.hits) add_row(hit.index);
    }
  }
  return missing_characters_warning(texts);
}

std::string missing_fonts_warning(const SearchResult& result) {
  std::vector<std::string> texts;
  for (const QueryHits& query : result.queries) {
    texts.push_back(query.name);
    for (const SearchHit& hit : query.hits) {
      texts.push_back(hit.item.captions.empty() ? hit.item.id : hit.item.captions[0]);
      texts.push_back(hit.item.dataset);
    }
  }
  return missing_characters_warning(texts);
}

}  // namespace sightline
