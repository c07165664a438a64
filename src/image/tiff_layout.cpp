#include "image/tiff_layout.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "image/lab.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

// The type of each extra sample; empty if the file does not have the tag.
std::vector<uint16_t> extra_samples(TIFF* tiff) {
  uint16_t count = 0;
  uint16_t* types = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &types) != 1 || types == nullptr) return {};
  return {types, types + count};
}

[[noreturn]] void throw_layout(const TiffLayout& layout, const std::string& name) {
  throw_unsupported(name, "a TIFF of photometric interpretation " +
                              std::to_string(layout.photometric) + " with " +
                              std::to_string(layout.samples) + " samples of " +
                              std::to_string(layout.bits) + " bits");
}

// The mode of grey of one sample, or std::nullopt if there is none.
std::optional<PixelMode> grey_mode(const TiffLayout& layout) {
  if (layout.is_float) {
    return layout.bits == 32 ? std::optional(PixelMode::f32) : std::nullopt;
  }
  switch (layout.bits) {
    case 1:
      return PixelMode::bilevel;
    case 2:
    case 4:
    case 8:
      return PixelMode::l;
    case 12:
      return PixelMode::i16;
    case 16:
      return layout.is_signed ? PixelMode::i32 : PixelMode::i16;
    case 32:
      return PixelMode::i32;
    default:
      return std::nullopt;
  }
}

void plan_grey(TiffLayout& layout, const std::vector<uint16_t>& extra, const std::string& name) {
  layout.inverted = layout.photometric == PHOTOMETRIC_MINISWHITE && layout.bits <= 8;
  if (layout.samples == 1) {
    const std::optional<PixelMode> mode = grey_mode(layout);
    if (!mode) throw_layout(layout, name);
    layout.mode = *mode;
    return;
  }
  const bool two = layout.samples == 2 && layout.bits == 8 && !layout.inverted && extra.size() == 1;
  if (!two) throw_layout(layout, name);
  const bool alpha = extra[0] != EXTRASAMPLE_UNSPECIFIED;
  layout.premultiplied = extra[0] == EXTRASAMPLE_ASSOCALPHA;
  layout.mode = alpha ? PixelMode::la : PixelMode::l;
  layout.used_samples = alpha ? 2 : 1;
}

void plan_rgb(TiffLayout& layout, const std::vector<uint16_t>& extra, const std::string& name) {
  if ((layout.bits != 8 && layout.bits != 16) || layout.samples < 3 || layout.samples > 6) {
    throw_layout(layout, name);
  }
  // A fourth sample without a declared type is alpha.
  const bool four = layout.samples > 3;
  const bool alpha = four && (extra.empty() || extra[0] != EXTRASAMPLE_UNSPECIFIED);
  layout.premultiplied = four && !extra.empty() && extra[0] == EXTRASAMPLE_ASSOCALPHA;
  layout.mode = alpha ? PixelMode::rgba : PixelMode::rgb;
  layout.used_samples = alpha ? 4 : 3;
}

void plan_palette(TiffLayout& layout, const std::vector<uint16_t>& extra, const std::string& name) {
  const uint16_t bits = layout.bits;
  const bool one = layout.samples == 1 && (bits == 1 || bits == 2 || bits == 4 || bits == 8);
  const bool two =
      layout.samples == 2 && bits == 8 && extra.size() == 1 && extra[0] != EXTRASAMPLE_ASSOCALPHA;
  if (!one && !two) throw_layout(layout, name);
  const bool alpha = two && extra[0] == EXTRASAMPLE_UNASSALPHA;
  layout.mode = alpha ? PixelMode::pa : PixelMode::palette;
  layout.used_samples = alpha ? 2 : 1;
}

void plan_lab(TiffLayout& layout, const std::string& name) {
  if (layout.bits != 8 || layout.samples != 3) throw_layout(layout, name);
  if (!lab_supported()) {
    throw Error(
        ErrorCode::unsupported, "'", name,
        "' is a TIFF in CIELAB; this build has no Little CMS: install liblcms2-dev and build "
        "again");
  }
  layout.mode = PixelMode::lab;
  layout.used_samples = 3;
}

void plan_cmyk(TiffLayout& layout, const std::string& name) {
  if ((layout.bits != 8 && layout.bits != 16) || layout.samples < 4 || layout.samples > 6) {
    throw_layout(layout, name);
  }
  layout.mode = PixelMode::cmyk;
  layout.used_samples = 4;
}

// Uncompressed YCbCr without subsampling stays in its mode, as in Pillow. JPEG data is converted by
// libjpeg within libtiff; other data is converted to RGBA by libtiff.
void plan_ycbcr(TIFF* tiff, TiffLayout& layout, const std::string& name) {
  if (layout.bits != 8 || (layout.samples != 1 && layout.samples != 3)) throw_layout(layout, name);
  layout.used_samples = 3;
  uint16_t subsampling[2] = {2, 2};
  TIFFGetFieldDefaulted(tiff, TIFFTAG_YCBCRSUBSAMPLING, &subsampling[0], &subsampling[1]);
  const bool plain = layout.compression == COMPRESSION_NONE && layout.samples == 3 &&
                     subsampling[0] == 1 && subsampling[1] == 1;
  layout.mode = plain ? PixelMode::ycbcr : PixelMode::rgb;
  layout.via_rgba =
      !plain && (layout.compression != COMPRESSION_JPEG || layout.planar || layout.samples == 1);
}

uint8_t scale_to_byte(const TiffLayout& layout, unsigned value) {
  const unsigned max_value = (1u << layout.bits) - 1;
  if (layout.mode == PixelMode::palette) return static_cast<uint8_t>(value);
  return static_cast<uint8_t>((layout.inverted ? max_value - value : value) * (255 / max_value));
}

// Unpacks grey of more than 8 bits. libtiff converts samples to native byte order, except those of
// 12 bits, which are packed with the highest bit first.
void unpack_wide(const TiffLayout& layout, const uint8_t* in, size_t count, uint8_t* out) {
  if (layout.bits == 12) {
    for (size_t x = 0; x < count; ++x, out += 2) {
      const uint8_t* at = in + x / 2 * 3;
      const unsigned value = x % 2 == 0 ? at[0] << 4 | at[1] >> 4 : (at[1] & 15) << 8 | at[2];
      out[0] = static_cast<uint8_t>(value);
      out[1] = static_cast<uint8_t>(value >> 8);
    }
  } else if (layout.bits == 16 && layout.mode == PixelMode::i32) {
    for (size_t x = 0; x < count; ++x) {
      int16_t narrow;
      std::memcpy(&narrow, in + 2 * x, sizeof narrow);
      const int32_t value = narrow;
      std::memcpy(out + 4 * x, &value, sizeof value);
    }
  } else {
    std::copy_n(in, count * static_cast<size_t>(bytes_per_pixel(layout.mode)), out);
  }
}

}  // namespace

TiffLayout read_layout(TIFF* tiff, const std::string& name) {
  TiffLayout layout;
  uint16_t format = SAMPLEFORMAT_UINT;
  uint16_t planar = PLANARCONFIG_CONTIG;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout.compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) != 1) layout.photometric = 0;
  if (layout.compression == COMPRESSION_OJPEG) layout.photometric = PHOTOMETRIC_YCBCR;
  std::vector<uint16_t> extra = extra_samples(tiff);
  layout.planar = planar == PLANARCONFIG_SEPARATE && layout.samples > 1;
  const bool no_meaning =
      std::ranges::all_of(extra, [](uint16_t type) { return type == EXTRASAMPLE_UNSPECIFIED; });
  if (layout.planar && no_meaning && extra.size() < layout.samples) {
    layout.samples = static_cast<uint16_t>(layout.samples - extra.size());  // planes at the end
    extra.clear();
  }
  layout.is_signed = format == SAMPLEFORMAT_INT;
  layout.is_float = format == SAMPLEFORMAT_IEEEFP;
  const bool plain = format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_VOID;
  const bool grey = layout.samples == 1 && (layout.photometric == PHOTOMETRIC_MINISBLACK ||
                                            layout.photometric == PHOTOMETRIC_MINISWHITE);
  const bool signed_grey = grey && layout.is_signed && layout.bits >= 8;
  const bool float_grey = grey && layout.is_float && layout.bits == 32;
  if (!plain && !signed_grey && !float_grey) {
    const char* type = layout.is_float    ? "-bit floating-point numbers"
                       : layout.is_signed ? "-bit signed integers"
                                          : "-bit complex numbers";
    const std::string channels =
        layout.samples > 1 ? " in " + std::to_string(layout.samples) + " channels" : "";
    throw_unsupported(name, "a TIFF of " + std::to_string(layout.bits) + type + channels);
  }
  switch (layout.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      plan_grey(layout, extra, name);
      break;
    case PHOTOMETRIC_RGB:
      plan_rgb(layout, extra, name);
      break;
    case PHOTOMETRIC_PALETTE:
      plan_palette(layout, extra, name);
      break;
    case PHOTOMETRIC_SEPARATED:
      plan_cmyk(layout, name);
      break;
    case PHOTOMETRIC_YCBCR:
      plan_ycbcr(tiff, layout, name);
      break;
    case PHOTOMETRIC_CIELAB:
      plan_lab(layout, name);
      break;
    default:
      throw_layout(layout, name);
  }
  return layout;
}

size_t packed_bytes(const TiffLayout& layout, size_t count) {
  const size_t samples = layout.planar ? 1 : layout.samples;
  return (count * samples * layout.bits + 7) / 8;
}

void unpack_samples(const TiffLayout& layout, const uint8_t* in, int count, int channel,
                    uint8_t* out) {
  const auto channels = static_cast<size_t>(bytes_per_pixel(layout.mode));
  if (layout.bits < 8) {
    for (int x = 0; x < count; ++x) {
      const int bit = x * layout.bits;
      const unsigned value = in[bit / 8] >> (8 - layout.bits - bit % 8) & ((1u << layout.bits) - 1);
      out[x] = scale_to_byte(layout, value);
    }
    return;
  }
  if (layout.mode == PixelMode::i16 || layout.mode == PixelMode::i32 ||
      layout.mode == PixelMode::f32) {
    return unpack_wide(layout, in, static_cast<size_t>(count), out);
  }
  const size_t sample_bytes = layout.bits / 8;
  const size_t step = sample_bytes * (layout.planar ? 1 : layout.samples);
  const int used = layout.planar ? 1 : layout.used_samples;
  const size_t high = sample_bytes - 1;  // little endian: the high byte is last
  const bool lab = layout.mode == PixelMode::lab;
  for (int x = 0; x < count; ++x, in += step, out += channels) {
    for (int s = 0; s < used; ++s) {
      const uint8_t value = in[static_cast<size_t>(s) * sample_bytes + high];
      const bool chroma = lab && channel + s > 0;  // a* and b* are signed in the file
      out[channel + s] = layout.inverted ? static_cast<uint8_t>(255 - value)
                         : chroma        ? static_cast<uint8_t>(value ^ 128)
                                         : value;
    }
  }
}

}  // namespace sightline::image
