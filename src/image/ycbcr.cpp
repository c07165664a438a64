#include "image/ycbcr.h"

#include <algorithm>
#include <array>

namespace sightline::image {
namespace {

constexpr int kScaleBits = 6;

// (value - 128) * factor for every value, in fixed point.
constexpr std::array<int, 256> make_table(double factor) {
  std::array<int, 256> table{};
  for (int i = 0; i < 256; ++i) {
    table[static_cast<size_t>(i)] = static_cast<int>(factor * (1 << kScaleBits) * (i - 128) + 0.5);
  }
  return table;
}

constexpr std::array<int, 256> kRedCr = make_table(1.402);
constexpr std::array<int, 256> kGreenCb = make_table(-0.34414);
constexpr std::array<int, 256> kGreenCr = make_table(-0.71414);
constexpr std::array<int, 256> kBlueCb = make_table(1.772);

uint8_t clip(int value) {
  return static_cast<uint8_t>(std::clamp(value, 0, 255));
}

}  // namespace

void ycbcr_to_rgb(uint8_t y, uint8_t cb, uint8_t cr, uint8_t* rgb) {
  rgb[0] = clip(y + (kRedCr[cr] >> kScaleBits));
  rgb[1] = clip(y + ((kGreenCb[cb] + kGreenCr[cr]) >> kScaleBits));
  rgb[2] = clip(y + (kBlueCb[cb] >> kScaleBits));
}

}  // namespace sightline::image
