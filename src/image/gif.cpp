// The first frame of a GIF, read here: the format is small, and giflib reads whole animations into
// memory. Behaviour as Pillow's GifImagePlugin: "L" where the palette is missing or just the grey
// ramp, "P" otherwise; what the frame does not cover has index 0, or the transparent index.
// Source: GIF89a specification (CompuServe, 1990).
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
  Bytes palette;  // 3 bytes a colour; empty: none
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
    const uint8_t kind = reader.u8();
    if (kind == ';') throw_broken(name, "is a GIF without an image");
    if (kind == '!') read_extension(reader, frame);
    if (kind == ',') break;
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

// Variable-length codes over the data blocks, lowest bit first.
class CodeReader {
 public:
  explicit CodeReader(ByteReader& reader) : reader_(reader) {}

  unsigned read(int bits) {
    while (held_ < bits) {
      if (block_.empty()) {
        const uint8_t size = reader_.u8();
        if (size == 0) reader_.fail();  // the data ends before the image does
        block_ = reader_.take(size);
      }
      buffer_ |= uint32_t{block_[0]} << held_;
      block_ = block_.subspan(1);
      held_ += 8;
    }
    const unsigned code = buffer_ & ((1u << bits) - 1);
    buffer_ >>= bits;
    held_ -= bits;
    return code;
  }

 private:
  ByteReader& reader_;
  Bytes block_;
  uint32_t buffer_ = 0;
  int held_ = 0;
};

// The frame's rows in the order in which they are stored.
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

// Puts index after index into the frame's place in the raster.
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

// The strings that codes stand for: each is an earlier string and one index more.
struct CodeTable {
  std::array<uint16_t, kMaxCodes> prefix{};
  std::array<uint8_t, kMaxCodes> last{};
};

void unpack(ByteReader& reader, FrameWriter& writer, const std::string& name) {
  const int symbol_bits = reader.u8();
  if (symbol_bits > 11) throw_broken(name, "is a broken GIF: its code size is over 11 bits");
  const unsigned clear = 1u << symbol_bits;
  const unsigned end = clear + 1;
  CodeReader codes(reader);
  CodeTable table;
  std::array<uint8_t, kMaxCodes + 1> text;  // a string, from its end
  int bits = symbol_bits + 1;
  unsigned next = clear + 2;
  constexpr unsigned kNone = kMaxCodes;
  unsigned previous = kNone;
  uint8_t first = 0;  // of the previous string
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
      throw_broken(name, "is a broken GIF: a code stands for nothing");
    }
    size_t length = 0;
    unsigned at = code;
    if (previous != kNone && code == next) {
      text[length++] = first;
      at = previous;
    }
    for (; at >= clear; at = table.prefix[at]) {
      if (length >= kMaxCodes) throw_broken(name, "is a broken GIF: its codes form a loop");
      text[length++] = table.last[at];
    }
    text[length++] = static_cast<uint8_t>(at);
    first = static_cast<uint8_t>(at);
    if (previous != kNone && next < kMaxCodes) {
      table.prefix[next] = static_cast<uint16_t>(previous);
      table.last[next] = first;
      if (next == (1u << bits) - 1 && bits < 12) ++bits;
      ++next;
    }
    previous = code;
    while (length > 0 && !writer.full()) writer.put(text[--length]);
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
  // A code of w bits stands for at most 2^w indices, w is at most 12: 4096 indices in 12 bits is
  // the densest. The screen around the frame takes no data.
  const int64_t most = static_cast<int64_t>(reader.left()) * 8 * kMaxCodes / 12;
  check_capacity(frame.width, frame.height, most, bytes.size(), name);
  check_capacity(width, height, most + kMaxUnwritten, bytes.size(), name);
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
  unpack(reader, writer, name);
  return raster;
}

}  // namespace sightline::image
