// PNG decoder based on libpng. Modes follow Pillow's PngImagePlugin: 1-bit grey is "1", 2-bit and
// 4-bit grey are scaled to "L", 16-bit grey is "I;16", 16-bit colour keeps its high bytes, and
// 16-bit grey with alpha becomes RGBA. Gamma, colour profiles and background are ignored.
#include "image/png.h"

#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>

#include "base/text.h"
#include "image/byte_reader.h"
#include "image/decoders.h"
#include "image/png_metadata.h"

namespace sightline::image {
namespace {

constexpr size_t kSignatureBytes = 8;

struct Header {
  uint32_t width = 0;
  uint32_t height = 0;
  int depth = 0;
  int color = 0;
  uint64_t compressed_bytes = 0;  // of all IDAT chunks
  PngMetadata metadata;
};

// Reads the chunks without libpng, before anything is allocated: the size, the metadata (anywhere
// in the file), and the checksums of chunks before the pixel data. Checksums of pixel data are
// ignored, as in Pillow.
Header scan(Bytes bytes, const std::string& name) {
  ByteReader reader(bytes, name);
  reader.seek(kSignatureBytes);
  Header header;
  bool pixels_began = false;
  while (reader.left() >= 8) {
    const uint32_t length = reader.u32_be();
    const Bytes type = reader.take(4);
    const bool is_data = std::memcmp(type.data(), "IDAT", 4) == 0;
    pixels_began = pixels_began || is_data;
    if (is_data) header.compressed_bytes += std::min<uint64_t>(length, reader.left());
    if (length > reader.left() || reader.left() - length < 4) {
      if (!pixels_began) reader.fail();
      break;
    }
    const Bytes body = reader.take(length);
    const uint32_t checksum = reader.u32_be();
    if (!pixels_began) {
      uLong found = crc32(0, type.data(), 4);
      found = crc32(found, body.data(), length);
      if (length == 0) found = crc32(0, type.data(), 4);  // zlib resets on a null pointer
      if (found != checksum) {
        throw_invalid_data(
            name, "is a corrupt PNG: the checksum of its chunk " +
                      printable({reinterpret_cast<const char*>(type.data()), type.size()}) +
                      " is wrong");
      }
    }
    if (header.width == 0 && header.height == 0) {
      if (std::memcmp(type.data(), "IHDR", 4) != 0 || length < 13) {
        throw_invalid_data(name, "is a corrupt PNG: its first chunk is not a valid IHDR chunk");
      }
      ByteReader fields(body, name);
      header.width = fields.u32_be();
      header.height = fields.u32_be();
      header.depth = fields.u8();
      header.color = fields.u8();
      if (header.width == 0 || header.height == 0) break;
    }
    header.metadata.add(type, body);
    if (std::memcmp(type.data(), "IEND", 4) == 0) break;
  }
  if (header.depth == 0 && header.width == 0 && header.height == 0 && reader.left() < 8)
    reader.fail();
  return header;
}

// State of libpng. Functions that longjmp may leave have no objects with destructors.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf failed{};
  std::array<char, 200> message{};
  Bytes rest;
  bool ran_out = false;

  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

void on_error(png_structp png, png_const_charp message) {
  auto* decoder = static_cast<Decoder*>(png_get_error_ptr(png));
  std::strncpy(decoder->message.data(), message, decoder->message.size() - 1);
  std::longjmp(decoder->failed, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep to, size_t count) {
  auto* decoder = static_cast<Decoder*>(png_get_io_ptr(png));
  if (count > decoder->rest.size()) {
    decoder->ran_out = true;
    png_error(png, "the data ends early");
  }
  std::memcpy(to, decoder->rest.data(), count);
  decoder->rest = decoder->rest.subspan(count);
}

// Reads the chunks before the pixel data and configures libpng's conversions.
bool open(Decoder& decoder, int* passes) {
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) return false;
  if (setjmp(decoder.failed) != 0) return false;
  png_set_read_fn(decoder.png, &decoder, on_read);
  png_set_user_limits(decoder.png, 0x7fffffff, 0x7fffffff);  // check_size was called
  png_set_crc_action(decoder.png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_keep_unknown_chunks(decoder.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(decoder.png, decoder.info);
  png_set_packing(decoder.png);  // 1, 2 and 4 bits: one byte per pixel, not scaled
  const bool grey = png_get_color_type(decoder.png, decoder.info) == PNG_COLOR_TYPE_GRAY;
  if (png_get_bit_depth(decoder.png, decoder.info) == 16) {
    grey ? png_set_swap(decoder.png) : png_set_strip_16(decoder.png);
  }
  *passes = png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  return true;
}

// An interlaced image is read in seven passes over the same rows.
bool read_rows(Decoder& decoder, int passes, uint8_t* out, size_t stride, int height) {
  if (setjmp(decoder.failed) != 0) return false;
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < height; ++y) {
      png_read_row(decoder.png, out + static_cast<size_t>(y) * stride, nullptr);
    }
  }
  return true;
}

[[noreturn]] void throw_failure(const Decoder& decoder, const std::string& name) {
  if (decoder.ran_out) {
    throw_invalid_data(name, "is truncated: the PNG data ends before the image is complete");
  }
  throw_invalid_data(name, std::string("is a corrupt PNG: ") + decoder.message.data());
}

PixelMode mode_of(const Header& header, const std::string& name) {
  switch (header.color) {
    case PNG_COLOR_TYPE_GRAY:
      return header.depth == 1    ? PixelMode::bilevel
             : header.depth == 16 ? PixelMode::i16
                                  : PixelMode::l;
    case PNG_COLOR_TYPE_RGB:
      return PixelMode::rgb;
    case PNG_COLOR_TYPE_PALETTE:
      return PixelMode::palette;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return header.depth == 16 ? PixelMode::rgba : PixelMode::la;
    case PNG_COLOR_TYPE_RGB_ALPHA:
      return PixelMode::rgba;
    default:
      throw_invalid_data(name, "is a corrupt PNG: it has the undefined colour type " +
                                   std::to_string(header.color));
  }
}

// Throws invalid_data, before memory is allocated, if the compressed data cannot hold the pixels:
// deflate expands one byte to at most 1032.
void check_data_size(const Header& header, PixelMode mode, const std::string& name) {
  const uint64_t channels =
      header.color == PNG_COLOR_TYPE_PALETTE ? 1
      : header.color == PNG_COLOR_TYPE_GRAY_ALPHA
          ? 2
          : static_cast<uint64_t>(mode == PixelMode::i16 ? 1 : bytes_per_pixel(mode));
  const uint64_t row =
      (uint64_t{header.width} * channels * static_cast<uint64_t>(header.depth) + 7) / 8;
  if (row * header.height / 1032 > header.compressed_bytes + 64) {
    throw_invalid_data(name, "is truncated: " + std::to_string(header.compressed_bytes) +
                                 " bytes of PNG data cannot hold the " +
                                 std::to_string(header.width) + " x " +
                                 std::to_string(header.height) + " pixels given in its header");
  }
}

void copy_palette(Decoder& decoder, Raster& raster) {
  png_colorp colors = nullptr;
  int count = 0;
  png_get_PLTE(decoder.png, decoder.info, &colors, &count);
  for (int i = 0; i < std::min(count, 256); ++i) {
    uint8_t* entry = raster.palette.data() + 4 * static_cast<size_t>(i);
    entry[0] = colors[i].red;
    entry[1] = colors[i].green;
    entry[2] = colors[i].blue;
  }
  png_bytep alphas = nullptr;
  png_color_16p key = nullptr;
  int alpha_count = 0;
  png_get_tRNS(decoder.png, decoder.info, &alphas, &alpha_count, &key);
  for (int i = 0; alphas != nullptr && i < std::min(alpha_count, 256); ++i) {
    raster.palette[4 * static_cast<size_t>(i) + 3] = alphas[i];
    raster.palette_has_alpha = true;
  }
}

// Expands (v, a), from 16-bit grey with alpha reduced to bytes, to (v, v, v, a); in place, from the
// end.
void expand_grey_alpha(Raster& raster) {
  const size_t pixels = raster.pixels.size() / 4;
  for (size_t i = pixels; i-- > 0;) {
    const uint8_t value = raster.pixels[2 * i];
    const uint8_t alpha = raster.pixels[2 * i + 1];
    std::fill_n(raster.pixels.begin() + static_cast<ptrdiff_t>(4 * i), 3, value);
    raster.pixels[4 * i + 3] = alpha;
  }
}

}  // namespace

Raster decode_png(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  const Header header = scan(bytes, name);
  check_size(header.width, header.height, limits, name);
  const PixelMode mode = mode_of(header, name);
  check_data_size(header, mode, name);
  Decoder decoder;
  decoder.rest = bytes;
  int passes = 1;
  if (!open(decoder, &passes)) throw_failure(decoder, name);
  Raster raster =
      make_raster(mode, static_cast<int>(header.width), static_cast<int>(header.height));
  raster.orientation = header.metadata.orientation();
  const bool grey_alpha_16 = header.color == PNG_COLOR_TYPE_GRAY_ALPHA && header.depth == 16;
  const size_t stride = view(raster).row_bytes() / (grey_alpha_16 ? 2 : 1);
  if (png_get_rowbytes(decoder.png, decoder.info) != stride) {
    throw_invalid_data(name, "is a corrupt PNG: its rows have an unexpected length");
  }
  if (!read_rows(decoder, passes, raster.pixels.data(), stride, raster.height)) {
    throw_failure(decoder, name);
  }
  if (mode == PixelMode::palette) copy_palette(decoder, raster);
  if (grey_alpha_16) expand_grey_alpha(raster);
  if (header.color == PNG_COLOR_TYPE_GRAY && header.depth < 8) {
    const int scale = 255 / ((1 << header.depth) - 1);
    for (uint8_t& value : raster.pixels) value = static_cast<uint8_t>(value * scale);
  }
  return raster;
}

}  // namespace sightline::image
