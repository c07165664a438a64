#include "sample_data/emoji/emoji_font.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb-ot.h>
#include <hb.h>
#include <sightline/error.h>

#include <algorithm>
#include <string>

#include "base/file.h"
#include "sample_data/emoji/emoji_table.h"

namespace sightline {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using HbBuffer = std::unique_ptr<hb_buffer_t, Deleter<hb_buffer_destroy>>;
using HbFont = std::unique_ptr<hb_font_t, Deleter<hb_font_destroy>>;

}  // namespace

struct EmojiFont::State {
  std::filesystem::path path;
  FT_Library library = nullptr;
  FT_Face face = nullptr;
  HbFont shaper;

  ~State() {
    if (face != nullptr) FT_Done_Face(face);
    if (library != nullptr) FT_Done_FreeType(library);
  }
  bool load(uint32_t glyph) const {
    return FT_Load_Glyph(face, glyph, FT_LOAD_COLOR) == 0 &&
           face->glyph->format == FT_GLYPH_FORMAT_BITMAP &&
           face->glyph->bitmap.pixel_mode == FT_PIXEL_MODE_BGRA &&
           face->glyph->bitmap.width <= static_cast<unsigned>(side()) &&
           face->glyph->bitmap.rows <= static_cast<unsigned>(side());
  }
};

EmojiFont::EmojiFont(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  if (!std::filesystem::exists(file_status(path))) {
    throw Error(ErrorCode::not_found, "the emoji data set needs '", path.string(),
                "' of the Debian package fonts-noto-color-emoji");
  }
  State& s = *state_;
  s.path = path;
  if (FT_Init_FreeType(&s.library) != 0 || FT_New_Face(s.library, path.c_str(), 0, &s.face) != 0) {
    throw Error(ErrorCode::invalid_data, "'", path.string(),
                "' is not a font that FreeType can read");
  }
  if (s.face->num_fixed_sizes < 1 || FT_Select_Size(s.face, 0) != 0) {
    throw Error(ErrorCode::invalid_data, "'", path.string(), "' has no bitmap glyphs");
  }
  hb_blob_t* blob = hb_blob_create_from_file(path.c_str());
  hb_face_t* face = hb_face_create(blob, 0);
  s.shaper.reset(hb_font_create(face));  // holds its own references
  hb_face_destroy(face);
  hb_blob_destroy(blob);
}

EmojiFont::~EmojiFont() = default;

uint32_t EmojiFont::glyph(std::u32string_view sequence) const {
  // Noto's ligatures do not contain U+FE0F.
  const std::u32string text = without_presentation(sequence);
  const HbBuffer buffer(hb_buffer_create());
  hb_buffer_add_codepoints(buffer.get(), reinterpret_cast<const hb_codepoint_t*>(text.data()),
                           static_cast<int>(text.size()), 0, static_cast<int>(text.size()));
  hb_buffer_set_direction(buffer.get(), HB_DIRECTION_LTR);
  hb_buffer_set_script(buffer.get(), HB_SCRIPT_COMMON);
  // Unsubstituted joiners and tags must remain visible: without its tags, a flag sequence would
  // match a different flag.
  hb_buffer_set_flags(buffer.get(), HB_BUFFER_FLAG_PRESERVE_DEFAULT_IGNORABLES);
  hb_shape(state_->shaper.get(), buffer.get(), nullptr, 0);
  unsigned count = 0;
  const hb_glyph_info_t* glyphs = hb_buffer_get_glyph_infos(buffer.get(), &count);
  return count == 1 ? glyphs[0].codepoint : 0;
}

bool EmojiFont::has_bitmap(uint32_t glyph) const {
  return state_->load(glyph);
}

Image EmojiFont::draw(uint32_t glyph) const {
  if (!state_->load(glyph)) {
    throw Error(ErrorCode::invalid_data, "'", state_->path.string(), "': glyph ", glyph,
                " has no colour bitmap of at most ", side(), " x ", side(), " pixels");
  }
  const FT_Bitmap& bitmap = state_->face->glyph->bitmap;
  const int width = static_cast<int>(bitmap.width), height = static_cast<int>(bitmap.rows);
  Image image{side(), side(), std::vector<uint8_t>(static_cast<size_t>(side()) * side() * 3, 255)};
  const int left = (side() - width) / 2, top = (side() - height) / 2;
  for (int y = 0; y < height; ++y) {
    const uint8_t* from = bitmap.buffer + static_cast<ptrdiff_t>(y) * bitmap.pitch;
    uint8_t* to = image.pixels.data() + (static_cast<size_t>(top + y) * side() + left) * 3;
    for (int x = 0; x < width; ++x, from += 4, to += 3) {
      // FreeType's BGRA is premultiplied, so compositing on white is colour + (255 - alpha).
      const int white = 255 - from[3];
      for (int c = 0; c < 3; ++c) to[c] = static_cast<uint8_t>(std::min(255, from[2 - c] + white));
    }
  }
  return image;
}

}  // namespace sightline
