// Images of emoji out of a colour font with bitmaps (Noto Color Emoji: tables CBDT and CBLC).
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace sightline {

class EmojiFont {
 public:
  // Throws Error: not_found, invalid_data (not a font, or one without colour bitmaps).
  explicit EmojiFont(const std::filesystem::path& path);
  ~EmojiFont();

  // The one glyph that the font substitutes for the whole sequence (OpenType GSUB, through
  // HarfBuzz); 0 where it has none, so that the emoji would appear in pieces or as a box.
  uint32_t glyph(std::u32string_view sequence) const;

  // The glyph's bitmap at the font's own resolution, composited on white and centred on a square
  // of side() pixels. RGB. Throws invalid_data where the glyph has no bitmap or a larger one.
  Image draw(uint32_t glyph) const;

  // Whether draw would succeed. Costs as much as draw.
  bool has_bitmap(uint32_t glyph) const;

  static constexpr int side() { return 136; }  // Noto's bitmaps are 136 x 128

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sightline
