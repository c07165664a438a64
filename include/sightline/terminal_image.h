// Images in the terminal: escape sequences that draw an image among the lines of text. Thread-safe.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sightline {

//   blocks  Unicode's upper half blocks in two colours; every terminal with UTF-8 and colours
//   sixel   DEC's sixels, 252 colours
//   iterm2  inline images of iTerm2
//   kitty   kitty's graphics protocol
// Sources: kitty, "Terminal graphics protocol"; iTerm2, "Inline Images Protocol"; DEC STD 070,
// chapter 9 (sixel); ECMA-48 (colours).
enum class TerminalGraphics { none, blocks, sixel, iterm2, kitty };

struct TerminalFeatures {
  TerminalGraphics graphics = TerminalGraphics::none;
  bool true_color = false;  // for blocks: 24-bit colours, otherwise 256

  bool operator==(const TerminalFeatures&) const = default;
};

// Returns the best graphics that the environment variables of the terminal promise; blocks inside
// tmux and screen, which do not pass graphics on, and for unknown terminals; none for TERM=dumb and
// without UTF-8. variable(NAME): the value, or nothing if it is not set.
TerminalFeatures detect_terminal(
    const std::function<std::optional<std::string>(const std::string&)>& variable);
TerminalFeatures detect_terminal();  // of this process

// Returns the graphics with this name. Throws invalid_argument.
TerminalGraphics parse_terminal_graphics(std::string_view name);

struct TerminalImageOptions {
  TerminalFeatures terminal;
  int max_columns = 40;  // cells, 1 to 1000
  int max_rows = 12;
  int cell_width = 10;  // pixels of a cell, 1 to 100; decide the resolution, and the size of sixels
  int cell_height = 20;
};

// Returns text that draws the image in its aspect ratio, as large as fits, ending with a line end;
// "" for `none`. Throws invalid_argument for an empty image or options out of range.
std::string terminal_image(const Image& image, const TerminalImageOptions& options);

// The same for an image file; transparency is blended on white. Returns std::nullopt if it cannot
// be decoded.
std::optional<std::string> terminal_image(std::span<const uint8_t> bytes,
                                          OrientationProfile orientation,
                                          const TerminalImageOptions& options);

}  // namespace sightline
