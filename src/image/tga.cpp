// Source: Truevision TGA File Format Specification, version 2.0; Pillow, src/PIL/TgaImagePlugin.py.
#include "image/tga.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "image/byte_reader.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

constexpr size_t kHeaderBytes = 18;
constexpr size_t kFooterBytes = 26;

enum Kind { kPalette = 1, kColour = 2, kGrey = 3 };

struct Header {
  int id_bytes = 0;
  int palette_type = 0;
  int image_type = 0;
  int palette_begin = 0;
  int palette_size = 0;
  int palette_bits = 0;
  int width = 0;
  int height = 0;
  int bits = 0;
  int flags = 0;

  bool run_length() const { return (image_type & 8) != 0; }
  int kind() const { return image_type & 7; }
  bool top_down() const { return (flags & 0x20) != 0; }
  bool mirrored() const { return (flags & 0x10) != 0; }
  size_t palette_bytes() const {
    return static_cast<size_t>(palette_size) * static_cast<size_t>((palette_bits + 7) / 8);
  }
  size_t row_bytes() const {
    return (static_cast<size_t>(width) * static_cast<size_t>(bits) + 7) / 8;
  }
};

Header read_header(ByteReader& reader) {
  Header header;
  header.id_bytes = reader.u8();
  header.palette_type = reader.u8();
  header.image_type = reader.u8();
  header.palette_begin = reader.u16_le();
  header.palette_size = reader.u16_le();
  header.palette_bits = reader.u8();
  reader.take(4);  // position on a screen
  header.width = reader.u16_le();
  header.height = reader.u16_le();
  header.bits = reader.u8();
  header.flags = reader.u8();
  return header;
}

// The mode of the pixels, or std::nullopt if the combination is not defined.
std::optional<PixelMode> mode_of(const Header& header) {
  const int bits = header.bits;
  switch (header.kind()) {
    case kPalette:
      return bits == 8 && header.palette_type == 1 ? std::optional(PixelMode::palette)
                                                   : std::nullopt;
    case kColour:
      return bits == 24                 ? std::optional(PixelMode::rgb)
             : bits == 16 || bits == 32 ? std::optional(PixelMode::rgba)
                                        : std::nullopt;
    case kGrey:
      return bits == 1    ? std::optional(PixelMode::bilevel)
             : bits == 8  ? std::optional(PixelMode::l)
             : bits == 16 ? std::optional(PixelMode::la)
                          : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool has_extension(std::string_view name) {
  const std::string lowered = lower(name);
  for (const std::string_view extension : {".tga", ".icb", ".vda", ".vst"}) {
    if (lowered.ends_with(extension)) return true;
  }
  return false;
}

bool has_footer(Bytes bytes) {
  using namespace std::string_view_literals;
  constexpr std::string_view kSignature = "TRUEVISION-XFILE.\0"sv;
  return bytes.size() >= kHeaderBytes + kFooterBytes &&
         std::memcmp(bytes.data() + bytes.size() - kSignature.size(), kSignature.data(),
                     kSignature.size()) == 0;
}

// Whether the fields have values that the specification defines.
bool is_defined(const Header& header) {
  const bool depths_fit = mode_of(header).has_value() && (header.bits > 1 || !header.run_length());
  const bool types_fit = header.palette_type <= 1 && (header.image_type & ~8) <= kGrey;
  return depths_fit && types_fit && header.width > 0 && header.height > 0;
}

std::optional<Header> defined_header(Bytes bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  const std::string no_name;  // the header is complete: nothing throws
  ByteReader reader(bytes, no_name);
  const Header header = read_header(reader);
  return is_defined(header) ? std::optional(header) : std::nullopt;
}

bool is_consistent(const Header& header, size_t file_bytes) {
  const int palette_bits = header.palette_bits;
  const bool no_palette =
      header.palette_begin == 0 && header.palette_size == 0 && palette_bits == 0;
  const bool palette_fits =
      header.palette_type == 0
          ? no_palette
          : header.palette_size > 0 &&
                (palette_bits == 16 || palette_bits == 24 || palette_bits == 32);
  const int alpha_bits = header.flags & 15;
  const bool flags_fit = (header.flags & 0xc0) == 0 && alpha_bits <= 8;
  const size_t least = kHeaderBytes + static_cast<size_t>(header.id_bytes) + header.palette_bytes();
  const size_t pixel_bytes =
      header.run_length() ? 2 : header.row_bytes() * static_cast<size_t>(header.height);
  return palette_fits && flags_fit && file_bytes >= least + pixel_bytes;
}

// 5 bits per channel and a flag for transparent pixels, little endian.
void unpack_15(const uint8_t* in, uint8_t* rgba) {
  const int value = in[0] | in[1] << 8;
  for (int c = 0; c < 3; ++c) {
    rgba[c] = static_cast<uint8_t>((value >> (10 - 5 * c) & 31) * 255 / 31);
  }
  rgba[3] = value >> 15 != 0 ? 0 : 255;
}

void unpack_bgr(const uint8_t* in, int bytes, uint8_t* out) {
  out[0] = in[2];
  out[1] = in[1];
  out[2] = in[0];
  if (bytes == 4) out[3] = in[3];
}

// Unpacks a row of pixels as they are in the file.
void unpack_row(const Header& header, const uint8_t* in, uint8_t* out) {
  const auto width = static_cast<size_t>(header.width);
  if (header.bits == 1) {
    for (size_t x = 0; x < width; ++x) out[x] = (in[x / 8] >> (7 - x % 8) & 1) != 0 ? 255 : 0;
  } else if (header.kind() != kColour) {
    std::copy_n(in, header.row_bytes(), out);
  } else if (header.bits == 16) {
    for (size_t x = 0; x < width; ++x) unpack_15(in + 2 * x, out + 4 * x);
  } else {
    const int bytes = header.bits / 8;
    const auto step = static_cast<size_t>(bytes);
    for (size_t x = 0; x < width; ++x) unpack_bgr(in + step * x, bytes, out + step * x);
  }
}

void read_palette(const Header& header, Bytes entries, Raster& raster, const std::string& name) {
  const int bits = header.palette_bits;
  if (bits != 16 && bits != 24 && bits != 32) {
    throw_unsupported(name, "a TGA with a palette of " + std::to_string(bits) + " bits per colour");
  }
  const auto step = static_cast<size_t>(bits / 8);
  raster.palette_has_alpha = bits != 24;
  for (size_t i = 0; i < static_cast<size_t>(header.palette_size); ++i) {
    const size_t index = static_cast<size_t>(header.palette_begin) + i;
    if (index >= 256) break;
    uint8_t* entry = raster.palette.data() + 4 * index;
    const uint8_t* in = entries.data() + i * step;
    bits == 16 ? unpack_15(in, entry) : unpack_bgr(in, bits / 8, entry);
  }
}

// Expands packets of equal or different pixels.
std::vector<uint8_t> expand_runs(ByteReader& reader, size_t pixel_bytes, size_t total) {
  std::vector<uint8_t> pixels(total);
  size_t at = 0;
  while (at < total) {
    const int packet = reader.u8();
    const size_t wanted = (static_cast<size_t>(packet & 0x7f) + 1) * pixel_bytes;
    const size_t some = std::min(wanted, total - at);
    if ((packet & 0x80) != 0) {
      const Bytes pixel = reader.take(pixel_bytes);
      for (size_t i = 0; i < some; i += pixel_bytes) {
        std::memcpy(pixels.data() + at + i, pixel.data(), pixel_bytes);
      }
    } else {
      std::memcpy(pixels.data() + at, reader.take(some).data(), some);
    }
    at += some;
  }
  return pixels;
}

void mirror_rows(Raster& raster) {
  const auto bytes = static_cast<size_t>(bytes_per_pixel(raster.mode));
  const size_t row_bytes = view(raster).row_bytes();
  for (size_t begin = 0; begin < raster.pixels.size(); begin += row_bytes) {
    uint8_t* left = raster.pixels.data() + begin;
    uint8_t* right = left + row_bytes - bytes;
    for (; left < right; left += bytes, right -= bytes) std::swap_ranges(left, left + bytes, right);
  }
}

// Whether the extension area of version 2 says that the fourth channel has no meaning.
bool alpha_is_undefined(Bytes bytes) {
  if (!has_footer(bytes)) return false;
  const uint8_t* footer = bytes.data() + bytes.size() - kFooterBytes;
  const size_t extension =
      footer[0] | size_t{footer[1]} << 8 | size_t{footer[2]} << 16 | size_t{footer[3]} << 24;
  constexpr size_t kAttributesType = 494;
  return extension != 0 && extension + kAttributesType < bytes.size() &&
         bytes[extension + kAttributesType] == 0;
}

}  // namespace

bool is_tga(Bytes bytes) {
  const std::optional<Header> header = defined_header(bytes);
  return header && (has_footer(bytes) || is_consistent(*header, bytes.size()));
}

bool is_named_tga(Bytes bytes, std::string_view file_name) {
  return has_extension(file_name) && defined_header(bytes);
}

Raster decode_tga(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  ByteReader reader(bytes, name);
  const Header header = read_header(reader);
  const std::optional<PixelMode> mode = mode_of(header);
  if (!mode || (header.run_length() && header.bits < 8)) {
    throw_unsupported(name, "a TGA of type " + std::to_string(header.image_type) + " with " +
                                std::to_string(header.bits) + " bits per pixel");
  }
  check_size(header.width, header.height, limits, name);
  reader.take(static_cast<size_t>(header.id_bytes));
  const Bytes palette = header.palette_type == 1 ? reader.take(header.palette_bytes()) : Bytes{};
  const size_t total = header.row_bytes() * static_cast<size_t>(header.height);
  // A packet of two bytes has at most 128 pixels.
  const auto left = static_cast<int64_t>(reader.left());
  const int64_t max_pixels = header.run_length() ? left * 64 : left * 8 / header.bits;
  check_capacity(header.width, header.height, max_pixels, bytes.size(), name);
  Raster raster = make_raster(*mode, header.width, header.height);
  if (*mode == PixelMode::palette) read_palette(header, palette, raster, name);
  std::vector<uint8_t> expanded;
  Bytes pixels;
  if (header.run_length()) {
    expanded = expand_runs(reader, static_cast<size_t>(header.bits / 8), total);
    pixels = expanded;
  } else {
    pixels = reader.take(total);
  }
  const size_t out_row = view(raster).row_bytes();
  for (int y = 0; y < header.height; ++y) {
    const int to = header.top_down() ? y : header.height - 1 - y;
    unpack_row(header, pixels.data() + static_cast<size_t>(y) * header.row_bytes(),
               raster.pixels.data() + static_cast<size_t>(to) * out_row);
  }
  if (header.mirrored()) mirror_rows(raster);
  if (*mode == PixelMode::rgba && alpha_is_undefined(bytes)) {
    for (size_t i = 3; i < raster.pixels.size(); i += 4) raster.pixels[i] = 255;
  }
  return raster;
}

}  // namespace sightline::image
