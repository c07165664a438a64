#include "image/tiff_layout.h"

#include <algorithm>
#include <span>

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

void plan_grey(TiffLayout& layout, const std::vector<uint16_t>& extra, const std::string& name) {
  const uint16_t bits = layout.bits;
  layout.inverted = layout.photometric == PHOTOMETRIC_MINISWHITE && bits <= 8;
  if (layout.samples == 1 && (bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16)) {
    layout.mode = bits == 1 ? PixelMode::bilevel : bits == 16 ? PixelMode::i16 : PixelMode::l;
    return;
  }
  const bool two = layout.samples == 2 && bits == 8 && !layout.inverted && extra.size() == 1;
  if (!two || extra[0] == EXTRASAMPLE_ASSOCALPHA) throw_layout(layout, name);
  const bool alpha = extra[0] == EXTRASAMPLE_UNASSALPHA;
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
      layout.samples == 2 && bits == 8 && extra.size() == 1 && extra[0] == EXTRASAMPLE_UNSPECIFIED;
  if (!one && !two) throw_layout(layout, name);
  layout.mode = PixelMode::palette;
}

void plan_cmyk(TiffLayout& layout, const std::string& name) {
  if ((layout.bits != 8 && layout.bits != 16) || layout.samples < 4 || layout.samples > 6) {
    throw_layout(layout, name);
  }
  layout.mode = PixelMode::cmyk;
  layout.used_samples = 4;
}

void plan_ycbcr(TiffLayout& layout, const std::string& name) {
  if (layout.bits != 8 || (layout.samples != 1 && layout.samples != 3)) throw_layout(layout, name);
  layout.mode = PixelMode::rgb;
  layout.used_samples = 3;
  // JPEG data is converted by libjpeg within libtiff; other data is converted to RGBA by libtiff.
  layout.via_rgba = layout.compression != COMPRESSION_JPEG || layout.planar || layout.samples == 1;
}

uint8_t scale_to_byte(const TiffLayout& layout, unsigned value) {
  const unsigned max_value = (1u << layout.bits) - 1;
  if (layout.mode == PixelMode::palette) return static_cast<uint8_t>(value);
  return static_cast<uint8_t>((layout.inverted ? max_value - value : value) * (255 / max_value));
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
  const std::vector<uint16_t> extra = extra_samples(tiff);
  layout.planar = planar == PLANARCONFIG_SEPARATE && layout.samples > 1;
  const bool signed_grey = format == SAMPLEFORMAT_INT && layout.bits == 8 && layout.samples == 1;
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID && !signed_grey) {
    throw_unsupported(name, "a TIFF of signed or floating-point samples");
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
      plan_ycbcr(layout, name);
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
  if (layout.mode == PixelMode::i16) {
    std::copy_n(in, 2 * static_cast<size_t>(count), out);  // libtiff converts to native byte order
    return;
  }
  const size_t sample_bytes = layout.bits / 8;
  const size_t step = sample_bytes * (layout.planar ? 1 : layout.samples);
  const int used = layout.planar ? 1 : layout.used_samples;
  const size_t high = sample_bytes - 1;  // little endian: the high byte is last
  for (int x = 0; x < count; ++x, in += step, out += channels) {
    for (int s = 0; s < used; ++s) {
      const uint8_t value = in[static_cast<size_t>(s) * sample_bytes + high];
      out[channel + s] = layout.inverted ? static_cast<uint8_t>(255 - value) : value;
    }
  }
}

}  // namespace sightline::image
