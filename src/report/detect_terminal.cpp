#include <sightline/error.h>
#include <sightline/terminal_image.h>

#include <array>
#include <cstdlib>

#include "base/text.h"

namespace sightline {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"none", "blocks", "sixel", "iterm2", "kitty"};

using Lookup = std::function<std::optional<std::string>(const std::string&)>;

// Programs by TERM_PROGRAM.
struct Program {
  std::string_view name;
  TerminalGraphics graphics;
};
constexpr Program kPrograms[] = {
    {"iTerm.app", TerminalGraphics::iterm2},   {"WezTerm", TerminalGraphics::iterm2},
    {"mintty", TerminalGraphics::iterm2},      {"rio", TerminalGraphics::iterm2},
    {"WarpTerminal", TerminalGraphics::kitty}, {"ghostty", TerminalGraphics::kitty},
};

TerminalGraphics graphics_of(const Lookup& variable, const std::string& term) {
  const std::string program = variable("TERM_PROGRAM").value_or("");
  if (variable("KITTY_WINDOW_ID") || term == "xterm-kitty" || term == "xterm-ghostty") {
    return TerminalGraphics::kitty;
  }
  for (const auto& [name, graphics] : kPrograms) {
    if (program == name) return graphics;
  }
  if (variable("LC_TERMINAL") == "iTerm2") return TerminalGraphics::iterm2;
  if (term == "foot" || term.starts_with("foot-") || term.starts_with("mlterm") ||
      term.ends_with("-sixel") || term.starts_with("yaft") || term == "contour") {
    return TerminalGraphics::sixel;
  }
  return TerminalGraphics::blocks;
}

bool is_utf8(const Lookup& variable) {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = lower(variable(name).value_or(""));
    if (!value.empty())
      return value.find("utf-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

}  // namespace

TerminalFeatures detect_terminal(const Lookup& variable) {
  const std::string term = variable("TERM").value_or("");
  if (term.empty() || term == "dumb") return {};
  const std::string colors = variable("COLORTERM").value_or("");
  const bool multiplexed =
      variable("TMUX") || variable("STY") || term.starts_with("tmux") || term.starts_with("screen");
  TerminalFeatures features;
  features.true_color = colors == "truecolor" || colors == "24bit" || term.ends_with("-direct");
  features.graphics = multiplexed ? TerminalGraphics::blocks : graphics_of(variable, term);
  if (features.graphics == TerminalGraphics::blocks && !is_utf8(variable)) {
    features.graphics = TerminalGraphics::none;
  }
  return features;
}

TerminalFeatures detect_terminal() {
  return detect_terminal([](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr || *value == 0) return std::nullopt;
    return value;
  });
}

TerminalGraphics parse_terminal_graphics(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<TerminalGraphics>(i);
  }
  throw Error(ErrorCode::invalid_argument, "unknown graphics '", printable(name),
              "', expected none, blocks, sixel, iterm2 or kitty");
}

}  // namespace sightline
