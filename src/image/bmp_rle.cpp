#include "image/bmp_rle.h"

#include <algorithm>

namespace sightline::image {
namespace {

constexpr int kEndOfLine = 0;
constexpr int kEndOfBitmap = 1;
constexpr int kDelta = 2;

class RleReader {
 public:
  RleReader(ByteReader& reader, bool four_bits, size_t width, size_t size)
      : reader_(reader), four_bits_(four_bits), width_(width), indices_(size, 0) {}

  std::vector<uint8_t> run() {
    while (at_ < indices_.size()) {
      const uint8_t count = reader_.u8();
      const uint8_t value = reader_.u8();
      if (count > 0) {
        repeat(count, value);
      } else if (value == kEndOfLine) {
        at_ = std::min(indices_.size(), (at_ + width_ - 1) / width_ * width_);
        column_ = 0;
      } else if (value == kEndOfBitmap) {
        break;
      } else if (value == kDelta) {
        const size_t right = reader_.u8();
        const size_t up = reader_.u8();
        at_ = std::min(indices_.size(), at_ + right + up * width_);
        column_ = at_ % width_;
      } else {
        literal(value);
      }
    }
    return std::move(indices_);
  }

 private:
  // A run is clipped at the end of its row.
  void repeat(size_t count, uint8_t value) {
    count = std::min(count, width_ - std::min(width_, column_));
    for (size_t i = 0; i < count && at_ < indices_.size(); ++i) {
      indices_[at_++] = four_bits_ ? nibble(value, i) : value;
    }
    column_ += count;
  }

  void literal(size_t count) {
    const size_t used = std::min(count, indices_.size() - at_);
    const auto bytes = reader_.take(four_bits_ ? (used + 1) / 2 : used);
    for (size_t i = 0; i < used; ++i) {
      indices_[at_++] = four_bits_ ? nibble(bytes[i / 2], i) : bytes[i];
    }
    column_ += count;
    // Literal runs are padded to an even offset in the file.
    if (reader_.position() % 2 != 0 && at_ < indices_.size()) reader_.take(1);
  }

  static uint8_t nibble(uint8_t byte, size_t i) {
    return i % 2 == 0 ? static_cast<uint8_t>(byte >> 4) : static_cast<uint8_t>(byte & 15);
  }

  ByteReader& reader_;
  bool four_bits_;
  size_t width_;
  size_t at_ = 0;
  size_t column_ = 0;
  std::vector<uint8_t> indices_;
};

}  // namespace

void unpack_rle(ByteReader& reader, bool four_bits, bool top_down, Raster& raster) {
  const auto width = static_cast<size_t>(raster.width);
  std::vector<uint8_t> rows = RleReader(reader, four_bits, width, raster.pixels.size()).run();
  if (top_down) {
    raster.pixels = std::move(rows);
    return;
  }
  for (int y = 0; y < raster.height; ++y) {
    const auto from = rows.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(y) * width);
    std::copy_n(from, width,
                raster.pixels.begin() +
                    static_cast<ptrdiff_t>(static_cast<size_t>(raster.height - 1 - y) * width));
  }
}

}  // namespace sightline::image
