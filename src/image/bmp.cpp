// BMP decoder. Pixel layouts and modes follow Pillow's BmpImagePlugin: a palette that is a grey
// ramp is dropped (mode "1" or "L"); alpha exists only if the header has a mask for it. Source:
// Windows bitmap headers (BITMAPCOREHEADER, BITMAPINFOHEADER, V2 to V5), OS/2 2.x.
#include "image/bmp.h"

#include <algorithm>
#include <array>
#include <optional>

#include "image/bmp_rle.h"
#include "image/byte_reader.h"
#include "image/decoders.h"

namespace sightline::image {
namespace {

enum Compression : uint32_t { kRaw = 0, kRle8 = 1, kRle4 = 2, kBitfields = 3 };

struct Header {
  uint32_t pixel_offset = 0;
  uint32_t header_size = 0;
  int64_t width = 0;
  int64_t height = 0;
  bool top_down = false;
  int bits = 0;
  uint32_t compression = kRaw;
  uint32_t colors = 0;
  size_t palette_entry = 4;            // bytes per colour
  std::array<uint32_t, 4> masks = {};  // red, green, blue, alpha
};

void read_core(ByteReader& reader, Header& header) {
  header.width = reader.u16_le();
  header.height = reader.u16_le();
  reader.take(2);  // planes
  header.bits = reader.u16_le();
  header.palette_entry = 3;
}

void read_info(ByteReader& reader, Header& header) {
  header.width = reader.u32_le();
  const uint32_t height = reader.u32_le();
  header.top_down = (height >> 24) == 0xff;  // the height is negative
  header.height = header.top_down ? int64_t{1LL << 32} - height : int64_t{height};
  reader.take(2);
  header.bits = reader.u16_le();
  header.compression = reader.u32_le();
  reader.take(12);  // pixel data size, resolution
  header.colors = reader.u32_le();
  reader.take(4);
  if (header.compression == kBitfields) {
    // The masks are part of the larger headers and follow the 40-byte header.
    const size_t count = header.header_size >= 56 ? 4 : 3;
    for (size_t i = 0; i < count; ++i) header.masks[i] = reader.u32_le();
  }
}

Header read_header(ByteReader& reader, const std::string& name) {
  constexpr std::array<uint32_t, 6> kInfoSizes = {40, 52, 56, 64, 108, 124};
  Header header;
  reader.seek(10);
  header.pixel_offset = reader.u32_le();
  header.header_size = reader.u32_le();
  if (header.header_size == 12) {
    read_core(reader, header);
  } else if (std::count(kInfoSizes.begin(), kInfoSizes.end(), header.header_size) == 1) {
    read_info(reader, header);
  } else {
    throw_invalid_data(name, "is not a BMP image: no BMP version has a header of " +
                                 std::to_string(header.header_size) + " bytes");
  }
  const size_t header_end = 14 + size_t{header.header_size};
  if (reader.position() < header_end) reader.seek(header_end);
  if (header.colors == 0 && header.bits <= 8) header.colors = 1u << header.bits;
  return header;
}

// Byte offsets of red, green, blue and alpha in a pixel of 24 or 32 bits.
struct ByteLayout {
  std::array<int, 4> at;  // alpha: -1 if the format has none
};

std::optional<ByteLayout> byte_layout(const Header& header) {
  if (header.compression != kBitfields) return ByteLayout{{2, 1, 0, -1}};
  if (std::all_of(header.masks.begin(), header.masks.end(), [](uint32_t m) { return m == 0; })) {
    return ByteLayout{{2, 1, 0, 3}};
  }
  ByteLayout layout{{-1, -1, -1, -1}};
  for (size_t c = 0; c < 4; ++c) {
    for (int byte = 0; byte < header.bits / 8; ++byte) {
      if (header.masks[c] == 0xffu << (8 * byte)) layout.at[c] = byte;
    }
    if (layout.at[c] < 0 && (c < 3 || header.masks[c] != 0)) return std::nullopt;
  }
  return layout;
}

using UnpackRow = void (*)(const uint8_t* in, int width, const Header& header, uint8_t* out);

void unpack_indices(const uint8_t* in, int width, const Header& header, uint8_t* out) {
  const int bits = header.bits;
  for (int x = 0; x < width; ++x) {
    const int bit = x * bits;
    out[x] = static_cast<uint8_t>(in[bit / 8] >> (8 - bits - bit % 8) & ((1 << bits) - 1));
  }
}

void unpack_16(const uint8_t* in, int width, const Header& header, uint8_t* out) {
  const bool six_green = header.compression == kBitfields && header.masks[1] == 0x7e0;
  const int green_max = six_green ? 63 : 31;
  for (int x = 0; x < width; ++x, in += 2, out += 3) {
    const int value = in[0] | in[1] << 8;
    out[0] = static_cast<uint8_t>((value >> (six_green ? 11 : 10) & 31) * 255 / 31);
    out[1] = static_cast<uint8_t>((value >> 5 & green_max) * 255 / green_max);
    out[2] = static_cast<uint8_t>((value & 31) * 255 / 31);
  }
}

void unpack_bytes(const uint8_t* in, int width, const Header& header, uint8_t* out) {
  const ByteLayout layout = *byte_layout(header);
  const int step = header.bits / 8;
  const bool alpha = layout.at[3] >= 0;
  for (int x = 0; x < width; ++x, in += step) {
    for (size_t c = 0; c < (alpha ? 4 : 3); ++c) *out++ = in[layout.at[c]];
  }
}

// The pixel mode of the result and the function that unpacks a row into it.
struct Plan {
  PixelMode mode;
  UnpackRow unpack;
};

Plan plan_for(const Header& header, const std::string& name) {
  const bool rle = header.compression == kRle8 || header.compression == kRle4;
  if (header.compression > kBitfields) {
    throw_unsupported(name, "a BMP with compression " + std::to_string(header.compression));
  }
  switch (header.bits) {
    case 1:
    case 4:
    case 8:
      if (header.compression == kBitfields) break;
      return {PixelMode::palette, unpack_indices};
    case 16: {
      const auto& m = header.masks;
      const bool rgb565 = m[0] == 0xf800 && m[1] == 0x7e0 && m[2] == 0x1f;
      const bool rgb555 = m[0] == 0x7c00 && m[1] == 0x3e0 && m[2] == 0x1f;
      if (rle || (header.compression == kBitfields && !rgb565 && !rgb555)) break;
      return {PixelMode::rgb, unpack_16};
    }
    case 24:
    case 32: {
      const std::optional<ByteLayout> layout = byte_layout(header);
      if (rle || !layout) break;
      return {layout->at[3] >= 0 ? PixelMode::rgba : PixelMode::rgb, unpack_bytes};
    }
    default:
      throw_unsupported(name, "a BMP with " + std::to_string(header.bits) + " bits per pixel");
  }
  throw_unsupported(name, "a BMP with non-standard colour masks");
}

// Reads the palette. If it is a ramp from black to white, the mode becomes grey (or bilevel).
void read_palette(ByteReader& reader, const Header& header, Raster& raster,
                  const std::string& name) {
  if (header.colors == 0 || header.colors > 65536) {
    throw_invalid_data(
        name, "is a corrupt BMP: its palette has " + std::to_string(header.colors) + " colours");
  }
  const size_t entries = std::min<size_t>(header.colors, reader.left() / header.palette_entry);
  bool ramp = entries == header.colors && entries <= 256;
  for (size_t i = 0; i < std::min<size_t>(entries, 256); ++i) {
    const Bytes color = reader.take(header.palette_entry);
    const uint8_t level = static_cast<uint8_t>(header.colors == 2 ? i * 255 : i);
    ramp = ramp && color[0] == level && color[1] == level && color[2] == level;
    for (size_t c = 0; c < 3; ++c) raster.palette[4 * i + c] = color[2 - c];
  }
  if (ramp) raster.mode = header.colors == 2 ? PixelMode::bilevel : PixelMode::l;
}

size_t pixel_offset(const Header& header, size_t after_header) {
  size_t offset = header.pixel_offset;
  // Some writers store the end of the header although a palette follows it.
  if (offset == 14 + size_t{header.header_size} && header.bits <= 8) {
    offset += header.palette_entry * size_t{header.colors};
  }
  return offset != 0 ? offset : after_header;
}

void read_rows(ByteReader& reader, const Header& header, const Plan& plan, Raster& raster) {
  const auto row_bytes = static_cast<size_t>((header.width * header.bits + 7) / 8);
  const size_t stride = (row_bytes + 3) / 4 * 4;
  const size_t out_bytes = view(raster).row_bytes();
  for (int y = 0; y < raster.height; ++y) {
    const Bytes row = reader.take(y + 1 < raster.height ? stride : row_bytes);
    const int to = header.top_down ? y : raster.height - 1 - y;
    plan.unpack(row.data(), raster.width, header,
                raster.pixels.data() + static_cast<size_t>(to) * out_bytes);
  }
}

}  // namespace

Raster decode_bmp(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  ByteReader reader(bytes, name);
  const Header header = read_header(reader, name);
  const Plan plan = plan_for(header, name);
  check_size(header.width, header.height, limits, name);
  const bool rle = header.compression == kRle8 || header.compression == kRle4;
  const auto row_bytes = static_cast<uint64_t>((header.width * header.bits + 7) / 8);
  if (!rle && row_bytes * static_cast<uint64_t>(header.height) > bytes.size()) reader.fail();
  // A run of at most 255 pixels takes two bytes; skips and the end marker leave pixels unwritten.
  if (rle) {
    check_capacity(header.width, header.height,
                   static_cast<int64_t>(bytes.size()) * 128 + kMaxBackgroundPixels, bytes.size(),
                   name);
  }
  Raster raster =
      make_raster(plan.mode, static_cast<int>(header.width), static_cast<int>(header.height));
  const size_t after_header = reader.position();
  if (plan.mode == PixelMode::palette) read_palette(reader, header, raster, name);
  const size_t after_palette = reader.position();
  reader.seek(pixel_offset(header, plan.mode == PixelMode::palette ? after_palette : after_header));
  if (rle) {
    unpack_rle(reader, header.compression == kRle4, header.top_down, raster);
  } else {
    read_rows(reader, header, plan, raster);
  }
  if (raster.mode == PixelMode::bilevel) {
    for (uint8_t& value : raster.pixels) value = value != 0 ? 255 : 0;
  }
  if (raster.mode != PixelMode::palette) raster.palette.clear();
  return raster;
}

}  // namespace sightline::image
