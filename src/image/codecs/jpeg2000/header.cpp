#include "image/codecs/jpeg2000/header.h"

#include <algorithm>
#include <cstring>

#include "image/byte_reader.h"

namespace sightline::image::jpeg2000 {
namespace {

constexpr uint16_t kStartAndSize = 0xff51;  // marker SIZ

uint16_t u16_be(ByteReader& reader) {
  const Bytes b = reader.take(2);
  return static_cast<uint16_t>(b[0] << 8 | b[1]);
}

[[noreturn]] void throw_corrupt(const std::string& name, const char* problem) {
  throw_invalid_data(name, std::string("is a corrupt JPEG 2000: ") + problem);
}

// Returns the number of channels that a palette in a JP2 header box gives; 0 without a palette.
int palette_channels(Bytes header_box, const std::string& name) {
  ByteReader reader(header_box, name);
  while (reader.left() > 0) {
    const uint32_t length = reader.u32_be();
    const Bytes type = reader.take(4);
    if (std::memcmp(type.data(), "pclr", 4) == 0) return reader.take(3)[2];
    if (length < 8) break;
    reader.take(length - 8);
  }
  return 0;
}

// Moves the reader to the content of the first box of type jp2c.
void find_codestream(ByteReader& reader, const std::string& name, Header& header) {
  for (;;) {
    uint64_t length = reader.u32_be();
    const Bytes type = reader.take(4);
    uint64_t header_bytes = 8;
    if (length == 1) {
      length = uint64_t{reader.u32_be()} << 32;
      length |= reader.u32_be();
      header_bytes = 16;
    }
    if (std::memcmp(type.data(), "jp2c", 4) == 0) return;
    if (length < header_bytes || length - header_bytes > reader.left()) {
      throw_corrupt(name, "it has no codestream");
    }
    const Bytes content = reader.take(static_cast<size_t>(length - header_bytes));
    if (std::memcmp(type.data(), "jp2h", 4) == 0) {
      header.palette_channels = std::max(header.palette_channels, palette_channels(content, name));
    }
  }
}

int64_t blocks(int64_t end, int64_t origin, int64_t size) {
  return (end - origin + size - 1) / size;
}

}  // namespace

Header read_header(Bytes bytes, const std::string& name) {
  ByteReader reader(bytes, name);
  Header header;
  header.in_boxes = bytes.size() >= 2 && bytes[0] == 0;
  if (header.in_boxes) find_codestream(reader, name, header);
  reader.take(2);  // SOC
  if (u16_be(reader) != kStartAndSize) throw_corrupt(name, "it does not begin with its size");
  reader.take(4);  // length, capabilities
  const int64_t x1 = reader.u32_be();
  const int64_t y1 = reader.u32_be();
  const int64_t x0 = reader.u32_be();
  const int64_t y0 = reader.u32_be();
  const int64_t tile_width = reader.u32_be();
  const int64_t tile_height = reader.u32_be();
  const int64_t tile_x0 = reader.u32_be();
  const int64_t tile_y0 = reader.u32_be();
  header.components = u16_be(reader);
  if (x1 <= x0 || y1 <= y0 || tile_width < 1 || tile_height < 1 || tile_x0 > x0 || tile_y0 > y0 ||
      header.components < 1) {
    throw_corrupt(name, "its size is not valid");
  }
  header.width = x1 - x0;
  header.height = y1 - y0;
  // At most 2^32 per axis, so that the product is checked by division.
  const int64_t across = blocks(x1, tile_x0, tile_width);
  const int64_t down = blocks(y1, tile_y0, tile_height);
  constexpr int64_t kMaxTiles = 65535;  // of the format
  if (across > kMaxTiles || down > kMaxTiles || across * down > kMaxTiles) {
    throw_corrupt(name, "it has more than 65535 tiles");
  }
  header.tiles = across * down;
  return header;
}

}  // namespace sightline::image::jpeg2000
