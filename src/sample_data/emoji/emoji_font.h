// Renders emoji from a bitmap colour font (Noto Color Emoji: tables CBDT and CBLC).
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace sightline {

class EmojiFont {
 public:
  // Throws Error: not_found, invalid_data (not a font, or a font without colour bitmaps).
  explicit EmojiFont(const std::filesystem::path& path);
  ~EmojiFont();

  // Returns the single glyph that the font substitutes for the whole sequence (OpenType GSUB,
  // applied by HarfBuzz), or 0 if there is none and the emoji would appear as several glyphs or a
  // box.
  uint32_t glyph(std::u32string_view sequence) const;

  // Returns the glyph's bitmap at the font's own resolution, composited on white and centred in a
  // square of side() x side() pixels, as RGB. Throws invalid_data if the glyph has no bitmap or a
  // larger one.
  Image draw(uint32_t glyph) const;

  // Returns whether draw() would succeed. As expensive as draw().
  bool has_bitmap(uint32_t glyph) const;

  static constexpr int side() { return 136; }  // Noto's bitmaps are 136 x 128

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sightline
