#include <sightline/error.h>
#include <sightline/terminal_image.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "base/base64.h"
#include "image/thumbnail.h"
#include "image/write_jpeg.h"
#include "image/write_png.h"
#include "report/sixel.h"

namespace sightline {
namespace {

struct Cells {
  int columns = 1;
  int rows = 1;
};

// The largest area of the image's aspect ratio.
Cells fit(const Image& image, const TerminalImageOptions& options) {
  const double width = image.width, height = image.height;
  const double cell_ratio = static_cast<double>(options.cell_width) / options.cell_height;
  const double columns =
      std::min<double>(options.max_columns, options.max_rows * width / height / cell_ratio);
  const double rows = columns * height / width * cell_ratio;
  return {std::clamp(static_cast<int>(std::lround(columns)), 1, options.max_columns),
          std::clamp(static_cast<int>(std::lround(rows)), 1, options.max_rows)};
}

using Color = std::array<uint8_t, 3>;

Color pixel(const Image& image, int x, int y) {
  const size_t at =
      3 * (static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x));
  return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

// Returns the nearest of xterm's 256 colours: a cube of 6 levels, or one of 24 greys.
int palette_index(const Color& color) {
  constexpr std::array<int, 6> kCube = {0, 95, 135, 175, 215, 255};
  const auto distance = [&](const std::array<int, 3>& other) {
    int sum = 0;
    for (size_t i = 0; i < 3; ++i) sum += (color[i] - other[i]) * (color[i] - other[i]);
    return sum;
  };
  std::array<int, 3> cube{};
  int index = 16;
  for (size_t i = 0, scale = 36; i < 3; ++i, scale /= 6) {
    const auto nearest =
        std::ranges::min_element(kCube, {}, [&](int level) { return std::abs(level - color[i]); });
    cube[i] = *nearest;
    index += static_cast<int>(scale) * static_cast<int>(nearest - kCube.begin());
  }
  const int mean = (color[0] + color[1] + color[2]) / 3;
  const int step = std::clamp((mean - 3) / 10, 0, 23);
  const int grey = 8 + 10 * step;
  return distance({grey, grey, grey}) < distance(cube) ? 232 + step : index;
}

std::string color_code(const Color& color, bool background, bool true_color) {
  std::string code = background ? "48;" : "38;";
  if (!true_color) return code + "5;" + std::to_string(palette_index(color));
  code += "2";
  for (const uint8_t part : color) code += ";" + std::to_string(part);
  return code;
}

// Each cell shows two pixels: the upper half block in one colour on the other.
std::string block_image(const Image& image, bool true_color) {
  std::string out;
  for (int y = 0; y + 1 < image.height; y += 2) {
    std::string upper, lower;  // the colours that are set
    for (int x = 0; x < image.width; ++x) {
      const std::string front = color_code(pixel(image, x, y), false, true_color);
      const std::string back = color_code(pixel(image, x, y + 1), true, true_color);
      if (front != upper && back != lower) {
        out += "\033[" + front + ";" + back + "m";
      } else if (front != upper) {
        out += "\033[" + front + "m";
      } else if (back != lower) {
        out += "\033[" + back + "m";
      }
      upper = front;
      lower = back;
      out += "▀";
    }
    out += "\033[0m\n";
  }
  return out;
}

// q=2: the terminal must not answer, because its answer would be read as input. C=0: the cursor
// moves behind the image.
std::string kitty_image(const Image& image, const Cells& cells) {
  constexpr size_t kMaxChunk = 4096;
  const std::vector<uint8_t> png = encode_png(image);
  const std::string data = base64({reinterpret_cast<const char*>(png.data()), png.size()});
  std::string out;
  for (size_t at = 0; at < data.size(); at += kMaxChunk) {
    out += "\033_G";
    if (at == 0) {
      out += "a=T,f=100,q=2,C=0,c=" + std::to_string(cells.columns) +
             ",r=" + std::to_string(cells.rows) + ",";
    }
    out += at + kMaxChunk < data.size() ? "m=1;" : "m=0;";
    out += data.substr(at, kMaxChunk) + "\033\\";
  }
  return out + "\n";
}

// A JPEG, of a quarter of the size of the PNG that kitty requires.
std::string iterm2_image(const Image& image, const Cells& cells) {
  const std::string jpeg = encode_jpeg(image, 90);
  return "\033]1337;File=inline=1;size=" + std::to_string(jpeg.size()) +
         ";width=" + std::to_string(cells.columns) + ";height=" + std::to_string(cells.rows) +
         ";preserveAspectRatio=0:" + base64(jpeg) + "\a\n";
}

void check(const Image& image, const TerminalImageOptions& options) {
  const auto require = [](int value, int most, const char* name) {
    if (value < 1 || value > most) {
      throw Error(ErrorCode::invalid_argument, name, " is ", value, ", expected 1 to ", most);
    }
  };
  require(options.max_columns, 1000, "max_columns");
  require(options.max_rows, 1000, "max_rows");
  require(options.cell_width, 100, "cell_width");
  require(options.cell_height, 100, "cell_height");
  if (image.width < 1 || image.height < 1) {
    throw Error(ErrorCode::invalid_argument, "cannot draw an empty image");
  }
}

}  // namespace

std::string terminal_image(const Image& image, const TerminalImageOptions& options) {
  check(image, options);
  const auto [graphics, true_color] = options.terminal;
  if (graphics == TerminalGraphics::none) return "";
  const Cells cells = fit(image, options);
  if (graphics == TerminalGraphics::blocks) {
    return block_image(resize(image, cells.columns, 2 * cells.rows, ResizeFilter::bicubic),
                       true_color);
  }
  const Image scaled = resize(image, cells.columns * options.cell_width,
                              cells.rows * options.cell_height, ResizeFilter::bicubic);
  switch (graphics) {
    case TerminalGraphics::kitty:
      return kitty_image(scaled, cells);
    case TerminalGraphics::iterm2:
      return iterm2_image(scaled, cells);
    default:
      return sixel_image(scaled) + "\n";
  }
}

std::optional<std::string> terminal_image(std::span<const uint8_t> bytes,
                                          OrientationProfile orientation,
                                          const TerminalImageOptions& options) {
  if (options.terminal.graphics == TerminalGraphics::none) return "";
  const int64_t width = int64_t{options.max_columns} * options.cell_width;
  const int64_t height = int64_t{options.max_rows} * options.cell_height;
  const int side = static_cast<int>(std::clamp<int64_t>(std::max(width, height), 1, 4096));
  const std::optional<Image> image = thumbnail(bytes, side, orientation, {});
  if (!image) return std::nullopt;
  return terminal_image(*image, options);
}

}  // namespace sightline
