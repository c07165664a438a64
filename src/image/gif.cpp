// GIF decoder for the first frame. giflib is not used because it reads whole animations into
// memory. Behaves as Pillow's GifImagePlugin: mode "L" if the palette is missing or a grey ramp,
// otherwise "P"; pixels outside the frame have index 0 or, if there is one, the transparent index.
// Source: GIF89a specification (CompuServe, 1990).
#include "image/gif.h"

#include <algorithm>
#include <array>
#include <optional>

#include "image/byte_reader.h"
#include "image/decoders.h"

namespace sightline::image {
namespace {

struct Frame {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  bool interlaced = false;
  std::optional<int> transparent;
  Bytes palette;  // 3 bytes per colour; empty: none
};

void skip_blocks(ByteReader& reader) {
  while (const uint8_t size = reader.u8()) reader.take(size);
}

Bytes read_palette(ByteReader& reader, int flags) {
  return reader.take(size_t{3} << ((flags & 7) + 1));
}

bool is_grey_ramp(Bytes palette) {
  for (size_t i = 0; i < palette.size(); ++i) {
    if (palette[i] != i / 3) return false;
  }
  return true;
}

void read_extension(ByteReader& reader, Frame& frame) {
  const uint8_t label = reader.u8();
  if (label == 0xf9) {
    const uint8_t size = reader.u8();
    const Bytes block = reader.take(size);
    if (size >= 4 && (block[0] & 1) != 0) frame.transparent = block[3];
    if (size == 0) return;
  }
  skip_blocks(reader);
}

// Reads blocks until the first image descriptor.
Frame find_frame(ByteReader& reader, Bytes global_palette, const std::string& name) {
  Frame frame;
  for (;;) {
    const uint8_t block_type = reader.u8();
    if (block_type == ';') throw_invalid_data(name, "is a GIF without an image");
    if (block_type == '!') read_extension(reader, frame);
    if (block_type == ',') break;
  }
  frame.x = reader.u16_le();
  frame.y = reader.u16_le();
  frame.width = reader.u16_le();
  frame.height = reader.u16_le();
  const int flags = reader.u8();
  frame.interlaced = (flags & 0x40) != 0;
  frame.palette = (flags & 0x80) != 0 ? read_palette(reader, flags) : global_palette;
  return frame;
}

// Reads LZW codes of variable length across data blocks, least significant bit first.
class CodeReader {
 public:
  explicit CodeReader(ByteReader& reader) : reader_(reader) {}

  unsigned read(int bits) {
    while (bit_count_ < bits) {
      if (block_.empty()) {
        const uint8_t size = reader_.u8();
        if (size == 0) reader_.fail();  // end of data before the image is complete
        block_ = reader_.take(size);
      }
      buffer_ |= uint32_t{block_[0]} << bit_count_;
      block_ = block_.subspan(1);
      bit_count_ += 8;
    }
    const unsigned code = buffer_ & ((1u << bits) - 1);
    buffer_ >>= bits;
    bit_count_ -= bits;
    return code;
  }

 private:
  ByteReader& reader_;
  Bytes block_;
  uint32_t buffer_ = 0;
  int bit_count_ = 0;
};

// The frame's rows in storage order.
std::vector<int> row_order(int height, bool interlaced) {
  std::vector<int> rows;
  rows.reserve(static_cast<size_t>(height));
  if (!interlaced) {
    for (int y = 0; y < height; ++y) rows.push_back(y);
    return rows;
  }
  constexpr std::array<std::array<int, 2>, 4> kPasses = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
  for (const auto& [first, step] : kPasses) {
    for (int y = first; y < height; y += step) rows.push_back(y);
  }
  return rows;
}

// Writes palette indices in storage order to the frame's position in the raster.
class FrameWriter {
 public:
  FrameWriter(Raster& raster, const Frame& frame)
      : raster_(raster), frame_(frame), rows_(row_order(frame.height, frame.interlaced)) {}

  bool full() const { return row_ == rows_.size(); }
  void put(uint8_t index) {
    const auto y = static_cast<size_t>(frame_.y + rows_[row_]);
    const auto x = static_cast<size_t>(frame_.x + column_);
    raster_.pixels[y * static_cast<size_t>(raster_.width) + x] = index;
    if (++column_ == frame_.width) {
      column_ = 0;
      ++row_;
    }
  }

 private:
  Raster& raster_;
  const Frame& frame_;
  std::vector<int> rows_;
  size_t row_ = 0;
  int column_ = 0;
};

constexpr int kMaxCodes = 4096;

// The LZW dictionary: the string of a code is the string of its prefix followed by `last`.
struct CodeTable {
  std::array<uint16_t, kMaxCodes> prefix{};
  std::array<uint8_t, kMaxCodes> last{};
};

void decode_lzw(ByteReader& reader, FrameWriter& writer, const std::string& name) {
  const int symbol_bits = reader.u8();
  if (symbol_bits > 11) throw_invalid_data(name, "is a corrupt GIF: its code size exceeds 11 bits");
  const unsigned clear = 1u << symbol_bits;
  const unsigned end = clear + 1;
  CodeReader codes(reader);
  CodeTable table;
  std::array<uint8_t, kMaxCodes + 1> reversed;  // the code's string, last index first
  int bits = symbol_bits + 1;
  unsigned next = clear + 2;
  constexpr unsigned kNone = kMaxCodes;
  unsigned previous = kNone;
  uint8_t first = 0;  // first index of the previous string
  while (!writer.full()) {
    const unsigned code = codes.read(bits);
    if (code == clear) {
      bits = symbol_bits + 1;
      next = clear + 2;
      previous = kNone;
      continue;
    }
    if (code == end) reader.fail();
    if (code > next || (previous == kNone && code > clear)) {
      throw_invalid_data(name, "is a corrupt GIF: it uses an undefined code");
    }
    size_t length = 0;
    unsigned at = code;
    if (previous != kNone && code == next) {
      reversed[length++] = first;
      at = previous;
    }
    for (; at >= clear; at = table.prefix[at]) {
      if (length >= kMaxCodes) throw_invalid_data(name, "is a corrupt GIF: its codes form a loop");
      reversed[length++] = table.last[at];
    }
    reversed[length++] = static_cast<uint8_t>(at);
    first = static_cast<uint8_t>(at);
    if (previous != kNone && next < kMaxCodes) {
      table.prefix[next] = static_cast<uint16_t>(previous);
      table.last[next] = first;
      if (next == (1u << bits) - 1 && bits < 12) ++bits;
      ++next;
    }
    previous = code;
    while (length > 0 && !writer.full()) writer.put(reversed[--length]);
  }
}

}  // namespace

Raster decode_gif(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  ByteReader reader(bytes, name);
  reader.seek(6);
  int width = reader.u16_le();
  int height = reader.u16_le();
  const int flags = reader.u8();
  reader.take(2);  // background index, pixel shape
  const Bytes global_palette = (flags & 0x80) != 0 ? read_palette(reader, flags) : Bytes{};
  const Frame frame = find_frame(reader, global_palette, name);
  width = std::max(width, frame.x + frame.width);
  height = std::max(height, frame.y + frame.height);
  check_size(width, height, limits, name);
  check_size(frame.width, frame.height, limits, name);
  // The densest data has 4096 indices per 12-bit code: a code of w <= 12 bits stands for at most
  // 2^w indices. The screen around the frame takes no data.
  const int64_t max_pixels = static_cast<int64_t>(reader.left()) * 8 * kMaxCodes / 12;
  check_capacity(frame.width, frame.height, max_pixels, bytes.size(), name);
  check_capacity(width, height, max_pixels + kMaxBackgroundPixels, bytes.size(), name);
  const bool grey = is_grey_ramp(frame.palette);
  Raster raster = make_raster(grey ? PixelMode::l : PixelMode::palette, width, height);
  for (size_t i = 0; !grey && i < frame.palette.size(); ++i) {
    raster.palette[i / 3 * 4 + i % 3] = frame.palette[i];
  }
  if (frame.transparent) {
    std::fill(raster.pixels.begin(), raster.pixels.end(), static_cast<uint8_t>(*frame.transparent));
    if (!grey) {
      raster.palette[4 * static_cast<size_t>(*frame.transparent) + 3] = 0;
      raster.palette_has_alpha = true;
    }
  }
  FrameWriter writer(raster, frame);
  decode_lzw(reader, writer, name);
  return raster;
}

}  // namespace sightline::image
