#include "report/sixel.h"

#include <algorithm>
#include <array>
#include <vector>

namespace sightline {
namespace {

constexpr std::array<int, 3> kLevels = {6, 7, 6};  // of red, green and blue
constexpr size_t kColors = 6 * 7 * 6;
constexpr int kBand = 6;  // rows

int level_of(int value, int levels) {
  return (std::clamp(value, 0, 255) * (levels - 1) + 127) / 255;
}

// Returns the index of each pixel's colour: (red * 7 + green) * 6 + blue. The error of a pixel goes
// to the four next ones: 7, 3, 5 and 1 sixteenths.
std::vector<uint8_t> reduce_colors(const Image& image) {
  const auto width = static_cast<size_t>(image.width), height = static_cast<size_t>(image.height);
  std::vector<uint8_t> indices(width * height, 0);
  for (size_t channel = 0; channel < 3; ++channel) {
    const int levels = kLevels[channel];
    std::vector<int> here(width + 2, 0), below(width + 2, 0);  // errors in sixteenths
    for (size_t y = 0; y < height; ++y) {
      for (size_t x = 0; x < width; ++x) {
        const size_t at = y * width + x;
        const int value = image.pixels[3 * at + channel] + here[x + 1] / 16;
        const int level = level_of(value, levels);
        const int error = std::clamp(value, 0, 255) - level * 255 / (levels - 1);
        here[x + 2] += 7 * error;
        below[x] += 3 * error;
        below[x + 1] += 5 * error;
        below[x + 2] += error;
        indices[at] = static_cast<uint8_t>(indices[at] * levels + level);
      }
      here.swap(below);
      std::ranges::fill(below, 0);
    }
  }
  return indices;
}

// "#7;2;20;0;100": colour 7 in percent of red, green and blue.
std::string define_color(size_t index) {
  const int blue = static_cast<int>(index) % kLevels[2];
  const int green = static_cast<int>(index) / kLevels[2] % kLevels[1];
  const int red = static_cast<int>(index) / (kLevels[2] * kLevels[1]);
  const auto percent = [](int level, int levels) {
    return std::to_string((100 * level + (levels - 1) / 2) / (levels - 1));
  };
  return "#" + std::to_string(index) + ";2;" + percent(red, kLevels[0]) + ";" +
         percent(green, kLevels[1]) + ";" + percent(blue, kLevels[2]);
}

// Appends a character `count` times: "!5@" for five.
void append_run(char sixel, size_t count, std::string& out) {
  if (count > 3) {
    out += "!" + std::to_string(count) + sixel;
  } else {
    out.append(count, sixel);
  }
}

// Appends the pixels of one colour in a band of six rows.
void append_row(const std::vector<uint8_t>& sixels, std::string& out) {
  size_t end = sixels.size();
  while (end > 0 && sixels[end - 1] == 0) --end;
  for (size_t at = 0; at < end;) {
    size_t next = at;
    while (next < end && sixels[next] == sixels[at]) ++next;
    append_run(static_cast<char>('?' + sixels[at]), next - at, out);
    at = next;
  }
}

}  // namespace

std::string sixel_image(const Image& image) {
  const auto width = static_cast<size_t>(image.width), height = static_cast<size_t>(image.height);
  const std::vector<uint8_t> indices = reduce_colors(image);
  std::string out = "\033P0;1;0q\"1;1;" + std::to_string(width) + ";" + std::to_string(height);
  std::array<bool, kColors> used{};
  for (const uint8_t index : indices) used[index] = true;
  for (size_t color = 0; color < kColors; ++color) {
    if (used[color]) out += define_color(color);
  }
  for (size_t top = 0; top < height; top += kBand) {
    std::array<std::vector<uint8_t>, kColors> rows;  // empty: not in this band
    for (size_t y = top; y < std::min(top + kBand, height); ++y) {
      for (size_t x = 0; x < width; ++x) {
        std::vector<uint8_t>& row = rows[indices[y * width + x]];
        if (row.empty()) row.resize(width);
        row[x] = static_cast<uint8_t>(row[x] | 1 << (y - top));
      }
    }
    for (size_t color = 0; color < kColors; ++color) {
      if (rows[color].empty()) continue;
      out += "#" + std::to_string(color);
      append_row(rows[color], out);
      out += '$';
    }
    out += '-';
  }
  return out + "\033\\";
}

}  // namespace sightline
