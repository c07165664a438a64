// Source: netpbm's format descriptions; Pillow, src/PIL/PpmImagePlugin.py.
#include "image/pnm.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "image/byte_reader.h"
#include "image/pixels.h"
#include "image/pnm_text.h"

namespace sightline::image {
namespace {

struct Header {
  PixelMode mode = PixelMode::l;
  bool plain = false;  // samples are decimal numbers
  int64_t width = 0;
  int64_t height = 0;
  int64_t max_value = 255;
  double scale = 1.0;  // PFM: negative for little endian
};

int64_t read_size(PnmText& text, const std::string& name, const char* what) {
  const std::optional<int64_t> value = parse_pnm_number(text.token());
  if (!value)
    throw_invalid_data(
        name, std::string("is a corrupt PNM: its ") + what + " is missing or not a number");
  return *value;
}

int64_t checked_max_value(int64_t value, const std::string& name) {
  if (value < 1 || value > 65535) {
    throw_invalid_data(name, "is a corrupt PNM: its maximum value is " + std::to_string(value) +
                                 ", expected 1 to 65535");
  }
  return value;
}

double read_scale(PnmText& text, const std::string& name) {
  const std::string token = text.token();
  double scale = 0.0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), scale);
  if (error != std::errc{} || end != token.data() + token.size() || scale == 0.0 ||
      !std::isfinite(scale)) {
    throw_invalid_data(name, "is a corrupt PFM: its scale is not a finite number other than 0");
  }
  return scale;
}

Header read_header(PnmText& text, std::string_view magic, const std::string& name) {
  Header header;
  const char type = magic[1];
  header.plain = type >= '1' && type <= '3';
  header.width = read_size(text, name, "width");
  header.height = read_size(text, name, "height");
  if (type == 'f') {
    header.mode = PixelMode::f32;
    header.scale = read_scale(text, name);
    return header;
  }
  if (type == '1' || type == '4') {
    header.mode = PixelMode::bilevel;
    header.max_value = 1;
    return header;
  }
  header.max_value = checked_max_value(read_size(text, name, "maximum value"), name);
  header.mode = type == '0'                  ? PixelMode::cmyk
                : type == '3' || type == '6' ? PixelMode::rgb
                : header.max_value > 255     ? PixelMode::i32
                                             : PixelMode::l;
  return header;
}

int samples_per_pixel(PixelMode mode) {
  return mode == PixelMode::i32 || mode == PixelMode::f32 ? 1 : bytes_per_pixel(mode);
}

// Stores samples scaled from 0..max_value to the range of the mode: 0..65535 in mode i32, otherwise
// 0..255. Halves are rounded to even, as by Python's round().
class SampleWriter {
 public:
  SampleWriter(Raster& raster, int64_t max_value)
      : to_(raster.pixels.data()),
        wide_(raster.mode == PixelMode::i32),
        max_value_(static_cast<double>(max_value)) {}

  void put(int64_t value) {
    const double limit = wide_ ? 65535.0 : 255.0;
    const double scaled =
        std::min(limit, std::nearbyint(static_cast<double>(value) / max_value_ * limit));
    if (wide_) {
      const auto sample = static_cast<int32_t>(scaled);
      std::memcpy(to_, &sample, sizeof sample);
      to_ += sizeof sample;
    } else {
      *to_++ = static_cast<uint8_t>(scaled);
    }
  }

 private:
  uint8_t* to_;
  bool wide_;
  double max_value_;
};

size_t sample_count(const Raster& raster) {
  return static_cast<size_t>(raster.width) * static_cast<size_t>(raster.height) *
         static_cast<size_t>(samples_per_pixel(raster.mode));
}

void read_binary(ByteReader& reader, int64_t max_value, Raster& raster) {
  const size_t count = sample_count(raster);
  if (max_value == 255 && raster.mode != PixelMode::i32) {
    std::ranges::copy(reader.take(count), raster.pixels.begin());
    return;
  }
  const size_t sample_bytes = max_value > 255 ? 2 : 1;
  const Bytes in = reader.take(count * sample_bytes);
  SampleWriter writer(raster, max_value);
  for (size_t i = 0; i < in.size(); i += sample_bytes) {
    writer.put(sample_bytes == 1 ? in[i] : in[i] << 8 | in[i + 1]);
  }
}

void read_bits(ByteReader& reader, Raster& raster) {
  const auto width = static_cast<size_t>(raster.width);
  uint8_t* to = raster.pixels.data();
  for (int y = 0; y < raster.height; ++y) {
    const Bytes row = reader.take((width + 7) / 8);
    for (size_t x = 0; x < width; ++x) *to++ = (row[x / 8] >> (7 - x % 8) & 1) != 0 ? 0 : 255;
  }
}

// Rows are stored from bottom to top.
void read_floats(ByteReader& reader, bool little_endian, Raster& raster) {
  const size_t row_bytes = view(raster).row_bytes();
  for (int y = raster.height; y-- > 0;) {
    const Bytes row = reader.take(row_bytes);
    uint8_t* to = raster.pixels.data() + static_cast<size_t>(y) * row_bytes;
    const bool swapped = little_endian != (std::endian::native == std::endian::little);
    for (size_t i = 0; i < row_bytes; ++i) to[i] = row[swapped ? i ^ 3 : i];
  }
}

void read_plain(PnmText& text, int64_t max_value, Raster& raster, const std::string& name) {
  if (raster.mode == PixelMode::bilevel) {
    for (uint8_t& pixel : raster.pixels) pixel = text.bit() ? 0 : 255;
    return;
  }
  SampleWriter writer(raster, max_value);
  for (size_t left = sample_count(raster); left > 0; --left) {
    const std::string token = text.token();
    const std::optional<int64_t> value = parse_pnm_number(token);
    if (!value || *value > max_value) {
      throw_invalid_data(name, "is a corrupt PNM: it has the sample '" + printable(token) +
                                   "', expected a number up to " + std::to_string(max_value));
    }
    writer.put(*value);
  }
}

// Throws invalid_data, before memory is allocated, if the samples cannot be in the file.
void check_data_size(const Header& header, size_t left, size_t file_bytes,
                     const std::string& name) {
  const int64_t bits = header.plain                        ? 8
                       : header.mode == PixelMode::bilevel ? 1
                                                           : 8 * samples_per_pixel(header.mode) *
                                                                 (header.mode == PixelMode::f32 ? 4
                                                                  : header.max_value > 255      ? 2
                                                                                           : 1);
  check_capacity(header.width, header.height, static_cast<int64_t>(left) * 8 / bits, file_bytes,
                 name);
}

Raster make_raster(const Header& header) {
  return image::make_raster(header.mode, static_cast<int>(header.width),
                            static_cast<int>(header.height));
}

struct PamHeader {
  int64_t width = 0;
  int64_t height = 0;
  int64_t depth = 0;
  int64_t max_value = 0;
};

// Reads lines of a key and a value up to ENDHDR. The number of channels alone decides the mode.
PamHeader read_pam_header(PnmText& text, const std::string& name) {
  PamHeader header;
  for (;;) {
    const std::string line = text.line();
    const size_t space = std::min(line.find_first_of(" \t"), line.size());
    const std::string key = line.substr(0, space);
    if (key == "ENDHDR") return header;
    int64_t* field = key == "WIDTH"    ? &header.width
                     : key == "HEIGHT" ? &header.height
                     : key == "DEPTH"  ? &header.depth
                     : key == "MAXVAL" ? &header.max_value
                                       : nullptr;
    if (field == nullptr) continue;  // TUPLTYPE, comments
    const size_t begin = std::min(line.find_first_not_of(" \t", space), line.size());
    const std::optional<int64_t> value = parse_pnm_number(line.substr(begin));
    if (!value) throw_invalid_data(name, "is a corrupt PAM: its " + key + " is not a number");
    *field = *value;
  }
}

Raster decode_pam(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  PnmText text(bytes, name);
  text.line();  // the magic number
  const PamHeader pam = read_pam_header(text, name);
  check_size(pam.width, pam.height, limits, name);
  checked_max_value(pam.max_value, name);
  if (pam.depth < 1 || pam.depth > 4) {
    throw_unsupported(name, "a PAM of " + std::to_string(pam.depth) + " channels");
  }
  constexpr PixelMode kModes[] = {PixelMode::l, PixelMode::la, PixelMode::rgb, PixelMode::rgba};
  Header header;
  header.mode = kModes[pam.depth - 1];
  header.width = pam.width;
  header.height = pam.height;
  header.max_value = pam.max_value;
  ByteReader reader(bytes, name);
  reader.seek(text.position());
  check_data_size(header, reader.left(), bytes.size(), name);
  Raster raster = make_raster(header);
  read_binary(reader, pam.max_value, raster);
  return raster;
}

std::string_view magic_of(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min<size_t>(bytes.size(), 7));
  const size_t end = text.find_first_of(" \t\n\v\f\r");
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end);
}

}  // namespace

bool is_pnm(Bytes bytes) {
  const std::string_view magic = magic_of(bytes);
  if (magic == "P0CMYK") return true;
  return magic.size() == 2 && magic[0] == 'P' &&
         std::string_view("1234567fF").find(magic[1]) != std::string_view::npos;
}

Raster decode_pnm(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  const std::string_view magic = magic_of(bytes);
  if (magic == "P7") return decode_pam(bytes, name, limits);
  if (magic == "PF") throw_unsupported(name, "a PFM in colour");
  PnmText text(bytes, name);
  text.skip(magic.size() + 1);
  const Header header = read_header(text, magic, name);
  check_size(header.width, header.height, limits, name);
  check_data_size(header, bytes.size() - text.position(), bytes.size(), name);
  Raster raster = make_raster(header);
  if (header.plain) {
    read_plain(text, header.max_value, raster, name);
    return raster;
  }
  ByteReader reader(bytes, name);
  reader.seek(text.position());
  if (header.mode == PixelMode::bilevel) {
    read_bits(reader, raster);
  } else if (header.mode == PixelMode::f32) {
    read_floats(reader, header.scale < 0, raster);
  } else {
    read_binary(reader, header.max_value, raster);
  }
  return raster;
}

}  // namespace sightline::image
