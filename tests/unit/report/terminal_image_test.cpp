// Decodes the escape sequences again.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/terminal_image.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <vector>

#include "image/write_png.h"

namespace sightline {
namespace {

Image gradient(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.pixels.push_back(static_cast<uint8_t>(255 * x / std::max(width - 1, 1)));
      image.pixels.push_back(static_cast<uint8_t>(255 * y / std::max(height - 1, 1)));
      image.pixels.push_back(static_cast<uint8_t>((x / 8 + y / 8) % 2 * 200));
    }
  }
  return image;
}

TerminalImageOptions with(TerminalGraphics graphics, bool true_color = true) {
  TerminalImageOptions options;
  options.terminal = {graphics, true_color};
  options.max_columns = 20;
  options.max_rows = 10;
  options.cell_width = 8;
  options.cell_height = 16;
  return options;
}

std::string_view take(std::string_view& text, std::string_view expected) {
  EXPECT_TRUE(text.starts_with(expected)) << text.substr(0, 30);
  text.remove_prefix(std::min(expected.size(), text.size()));
  return text;
}

std::string_view until(std::string_view& text, std::string_view end) {
  const size_t at = text.find(end);
  EXPECT_NE(at, std::string_view::npos);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + end.size(), text.size()));
  return part;
}

int number(std::string_view& text) {
  int value = 0;
  EXPECT_TRUE(!text.empty() && text[0] >= '0' && text[0] <= '9') << text.substr(0, 20);
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    value = 10 * value + (text[0] - '0');
    text.remove_prefix(1);
  }
  return value;
}

std::vector<uint8_t> from_base64(std::string_view text) {
  const std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const size_t digit = digits.find(c);
    EXPECT_NE(digit, std::string_view::npos);
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) >= 8) out.push_back(static_cast<uint8_t>(bits >> (count -= 8)));
  }
  return out;
}

// The mean absolute difference of two images of the same size.
double difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  double sum = 0;
  for (size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i) {
    sum += std::abs(a.pixels[i] - b.pixels[i]);
  }
  return sum / static_cast<double>(a.pixels.size());
}

// xterm's 256 colours from 16 on.
std::array<uint8_t, 3> xterm_color(int index) {
  const auto level = [](int part) { return static_cast<uint8_t>(part == 0 ? 0 : 55 + 40 * part); };
  if (index >= 232) {
    const auto grey = static_cast<uint8_t>(8 + 10 * (index - 232));
    return {grey, grey, grey};
  }
  return {level((index - 16) / 36), level((index - 16) / 6 % 6), level((index - 16) % 6)};
}

// Draws half blocks as a terminal does.
Image drawn_blocks(std::string_view text) {
  Image image;
  std::array<uint8_t, 3> front{}, back{};
  while (!text.empty()) {
    std::vector<uint8_t> upper, lower;
    while (!text.starts_with("\033[0m\n")) {
      if (text.starts_with("▀")) {
        take(text, "▀");
        upper.insert(upper.end(), front.begin(), front.end());
        lower.insert(lower.end(), back.begin(), back.end());
        continue;
      }
      take(text, "\033[");
      std::string_view codes = until(text, "m");
      while (!codes.empty()) {
        auto& color = number(codes) == 48 ? back : front;
        take(codes, ";");
        if (number(codes) == 5) {
          take(codes, ";");
          color = xterm_color(number(codes));
        } else {
          for (uint8_t& part : color) {
            take(codes, ";");
            part = static_cast<uint8_t>(number(codes));
          }
        }
        if (!codes.empty()) take(codes, ";");
      }
      if (::testing::Test::HasFailure()) return image;
    }
    take(text, "\033[0m\n");
    image.width = static_cast<int>(upper.size() / 3);
    image.height += 2;
    image.pixels.insert(image.pixels.end(), upper.begin(), upper.end());
    image.pixels.insert(image.pixels.end(), lower.begin(), lower.end());
  }
  return image;
}

// Draws sixels as a terminal does.
Image drawn_sixels(std::string_view text) {
  take(text, "\033P0;1;0q\"1;1;");
  Image image;
  image.width = number(text);
  take(text, ";");
  image.height = number(text);
  image.pixels.resize(3 * static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
  std::map<int, std::array<uint8_t, 3>> palette;
  size_t drawn = 0;
  int color = -1, x = 0, top = 0;
  while (!text.starts_with("\033\\") && !text.empty()) {
    const char c = text[0];
    if (c == '#') {
      text.remove_prefix(1);
      color = number(text);
      if (!text.starts_with(";2;")) continue;
      text.remove_prefix(2);
      for (uint8_t& part : palette[color]) {
        take(text, ";");
        part = static_cast<uint8_t>(std::lround(number(text) * 2.55));
      }
      continue;
    }
    int repeat = 1;
    if (c == '!') {
      text.remove_prefix(1);
      repeat = number(text);
    }
    const char sixel = text[0];
    text.remove_prefix(1);
    if (sixel == '$') {
      x = 0;
    } else if (sixel == '-') {
      x = 0;
      top += 6;
    } else {
      EXPECT_TRUE(sixel >= '?' && sixel <= '~');
      EXPECT_TRUE(palette.contains(color));
      for (; repeat > 0; --repeat, ++x) {
        for (int bit = 0; bit < 6; ++bit) {
          if (((sixel - '?') >> bit & 1) == 0) continue;
          const int y = top + bit;
          if (x >= image.width || y >= image.height) {
            ADD_FAILURE() << "outside the image: " << x << ", " << y;
            return image;
          }
          std::ranges::copy(palette[color], image.pixels.begin() + 3 * (y * image.width + x));
          ++drawn;
        }
      }
    }
  }
  take(text, "\033\\\n");
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(drawn, image.pixels.size() / 3);  // every pixel once
  return image;
}

TEST(TerminalImage, BlocksShowTheResizedImage) {
  const Image image = gradient(160, 90);
  const Image expected = resize(image, 20, 12, ResizeFilter::bicubic);  // 20 x 6 cells
  const Image exact = drawn_blocks(terminal_image(image, with(TerminalGraphics::blocks)));
  EXPECT_EQ(exact.pixels, expected.pixels);
  const Image reduced = drawn_blocks(terminal_image(image, with(TerminalGraphics::blocks, false)));
  EXPECT_LT(difference(reduced, expected), 20);
}

TEST(TerminalImage, SixelsShowTheResizedImage) {
  const Image image = gradient(160, 90);
  const Image expected = resize(image, 160, 96, ResizeFilter::bicubic);
  const Image sixels = drawn_sixels(terminal_image(image, with(TerminalGraphics::sixel)));
  EXPECT_LT(difference(sixels, expected), 25);
  // Error diffusion keeps the mean colours of areas.
  EXPECT_LT(difference(resize(sixels, 10, 6, ResizeFilter::bilinear),
                       resize(expected, 10, 6, ResizeFilter::bilinear)),
            4);
}

TEST(TerminalImage, SixelsOfHeightsThatAreNoMultipleOfSix) {
  TerminalImageOptions options = with(TerminalGraphics::sixel);
  options.max_rows = options.max_columns = 1;
  for (const int height : {1, 5, 6, 7, 13}) {
    options.cell_width = options.cell_height = height;
    EXPECT_EQ(drawn_sixels(terminal_image(gradient(9, 9), options)).height, height);
  }
}

TEST(TerminalImage, KittyGetsAPngInChunks) {
  Image image = gradient(90, 160);
  for (size_t i = 0; i < image.pixels.size(); ++i) {  // noise, so that the PNG is large
    image.pixels[i] = static_cast<uint8_t>(image.pixels[i] ^ (i * i * 31 >> 7));
  }
  const std::string text = terminal_image(image, with(TerminalGraphics::kitty));
  std::string_view rest = text;
  std::string data;
  bool more = true;
  for (int chunk = 0; more && !::testing::Test::HasFailure(); ++chunk) {
    take(rest, "\033_G");
    if (chunk == 0) take(rest, "a=T,f=100,q=2,C=0,c=11,r=10,");
    take(rest, "m=");
    more = number(rest) == 1;
    take(rest, ";");
    const std::string_view part = until(rest, "\033\\");
    EXPECT_LE(part.size(), 4096u);
    EXPECT_TRUE(!more || part.size() % 4 == 0);
    data += part;
  }
  EXPECT_EQ(rest, "\n");
  EXPECT_GT(data.size(), 4096u);
  const Image decoded = decode_image(from_base64(data), "a.png");
  EXPECT_EQ(decoded.pixels, resize(image, 88, 160, ResizeFilter::bicubic).pixels);
}

TEST(TerminalImage, Iterm2GetsAJpeg) {
  const Image image = gradient(100, 100);
  const std::string text = terminal_image(image, with(TerminalGraphics::iterm2));
  std::string_view rest = text;
  take(rest, "\033]1337;File=inline=1;size=");
  const int size = number(rest);
  take(rest, ";width=20;height=10;preserveAspectRatio=0:");
  const std::vector<uint8_t> jpeg = from_base64(until(rest, "\a"));
  EXPECT_EQ(jpeg.size(), static_cast<size_t>(size));
  EXPECT_EQ(rest, "\n");
  EXPECT_LT(difference(decode_image(jpeg, "a.jpg"), resize(image, 160, 160, ResizeFilter::bicubic)),
            3);
}

TEST(TerminalImage, FitsIntoTheCells) {
  TerminalImageOptions options = with(TerminalGraphics::blocks);
  const struct {
    int width, height, columns, rows;
  } cases[] = {{100, 100, 20, 10}, {1000, 100, 20, 1}, {100, 1000, 2, 10},
               {1, 1, 20, 10},     {10'000, 1, 20, 1}, {1, 10'000, 1, 10}};
  for (const auto& [width, height, columns, rows] : cases) {
    SCOPED_TRACE(message(width, " x ", height));
    const Image blocks = drawn_blocks(terminal_image(gradient(width, height), options));
    EXPECT_EQ(blocks.width, columns);
    EXPECT_EQ(blocks.height, 2 * rows);
  }
}

TEST(TerminalImage, ReadsFiles) {
  const std::vector<uint8_t> png = encode_png(gradient(30, 30));
  const auto text =
      terminal_image(png, OrientationProfile::upright, with(TerminalGraphics::blocks));
  ASSERT_TRUE(text);
  EXPECT_EQ(drawn_blocks(*text).width, 20);
  const std::vector<uint8_t> broken = {1, 2, 3};
  const auto options = with(TerminalGraphics::kitty);
  EXPECT_FALSE(terminal_image(broken, OrientationProfile::upright, options));
  EXPECT_EQ(terminal_image(gradient(3, 3), with(TerminalGraphics::none)), "");
}

TEST(TerminalImage, ChecksItsArguments) {
  TerminalImageOptions options = with(TerminalGraphics::blocks);
  EXPECT_THROW(terminal_image(Image(), options), Error);
  options.max_rows = 0;
  EXPECT_THROW(terminal_image(gradient(3, 3), options), Error);
}

TEST(DetectTerminal, ByTheEnvironment) {
  using Variables = std::map<std::string, std::string>;
  const struct {
    Variables variables;
    TerminalFeatures expected;
  } cases[] = {
      {{{"TERM", "xterm-kitty"}, {"COLORTERM", "truecolor"}}, {TerminalGraphics::kitty, true}},
      {{{"TERM", "xterm-256color"}, {"KITTY_WINDOW_ID", "1"}}, {TerminalGraphics::kitty, false}},
      {{{"TERM", "xterm-256color"}, {"TERM_PROGRAM", "iTerm.app"}},
       {TerminalGraphics::iterm2, false}},
      {{{"TERM", "xterm-256color"}, {"LC_TERMINAL", "iTerm2"}}, {TerminalGraphics::iterm2, false}},
      {{{"TERM", "xterm-256color"}, {"TERM_PROGRAM", "WezTerm"}},
       {TerminalGraphics::iterm2, false}},
      {{{"TERM", "foot"}}, {TerminalGraphics::sixel, false}},
      {{{"TERM", "foot-extra"}, {"COLORTERM", "24bit"}}, {TerminalGraphics::sixel, true}},
      {{{"TERM", "xterm-256color"}, {"LANG", "en_US.UTF-8"}}, {TerminalGraphics::blocks, false}},
      {{{"TERM", "xterm-direct"}, {"LC_ALL", "C.utf8"}}, {TerminalGraphics::blocks, true}},
      {{{"TERM", "xterm-kitty"}, {"TMUX", "/tmp/tmux"}, {"LANG", "C.UTF-8"}},
       {TerminalGraphics::blocks, false}},
      {{{"TERM", "screen"}, {"KITTY_WINDOW_ID", "1"}, {"LANG", "C.UTF-8"}},
       {TerminalGraphics::blocks, false}},
      {{{"TERM", "xterm"}, {"LANG", "C"}}, {TerminalGraphics::none, false}},
      {{{"TERM", "xterm"}, {"LC_ALL", "C"}, {"LANG", "C.UTF-8"}}, {TerminalGraphics::none, false}},
      {{{"TERM", "dumb"}, {"LANG", "C.UTF-8"}}, {TerminalGraphics::none, false}},
      {{}, {TerminalGraphics::none, false}},
  };
  for (const auto& [variables, expected] : cases) {
    const auto found = detect_terminal([&](const std::string& name) -> std::optional<std::string> {
      const auto at = variables.find(name);
      if (at == variables.end()) return std::nullopt;
      return at->second;
    });
    EXPECT_EQ(found, expected) << (variables.empty() ? "" : variables.begin()->second);
  }
}

TEST(DetectTerminal, NamesOfGraphics) {
  EXPECT_EQ(parse_terminal_graphics("kitty"), TerminalGraphics::kitty);
  EXPECT_EQ(parse_terminal_graphics("none"), TerminalGraphics::none);
  EXPECT_THROW(parse_terminal_graphics("Kitty"), Error);
}

}  // namespace
}  // namespace sightline
