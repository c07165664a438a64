// TIFF decoder based on libtiff, for the first image of a file in memory. libtiff's messages become
// Error; its process-wide error handlers are not changed.
#include "image/tiff.h"

#include <tiffio.h>

#include <algorithm>
#include <bit>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "image/decoders.h"
#include "image/exif.h"
#include "image/pixels.h"
#include "image/tiff_layout.h"

namespace sightline::image {

static_assert(std::endian::native == std::endian::little,
              "16-bit samples are kept in libtiff's native byte order");

namespace {

struct Source {
  Bytes bytes;
  uint64_t at = 0;
  std::string first_error;
};

tmsize_t read_source(thandle_t handle, void* to, tmsize_t count) {
  auto* source = static_cast<Source*>(handle);
  if (count <= 0 || source->at >= source->bytes.size()) return 0;
  const size_t left = source->bytes.size() - static_cast<size_t>(source->at);
  const size_t some = std::min(left, static_cast<size_t>(count));
  std::memcpy(to, source->bytes.data() + source->at, some);
  source->at += some;
  return static_cast<tmsize_t>(some);
}

tmsize_t refuse_write(thandle_t, void*, tmsize_t) {
  return 0;
}

toff_t seek_source(thandle_t handle, toff_t offset, int whence) {
  auto* source = static_cast<Source*>(handle);
  if (whence == SEEK_CUR) offset += source->at;
  if (whence == SEEK_END) offset += source->bytes.size();
  source->at = offset;
  return offset;
}

int close_source(thandle_t) {
  return 0;
}
toff_t size_of_source(thandle_t handle) {
  return static_cast<Source*>(handle)->bytes.size();
}

int keep_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto* source = static_cast<Source*>(user);
  char text[300];
  std::vsnprintf(text, sizeof text, format, arguments);
  if (source->first_error.empty()) source->first_error = text;
  return 1;
}

int ignore_warning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffPtr = std::unique_ptr<TIFF, CloseTiff>;

TiffPtr open(Source& source) {
  struct FreeOptions {
    void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
  };
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  if (!options) return nullptr;
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_warning, &source);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), tmsize_t{2} << 30);
  return TiffPtr(TIFFClientOpenExt("image", "rCm", &source, read_source, refuse_write, seek_source,
                                   close_source, size_of_source, nullptr, nullptr, options.get()));
}

[[noreturn]] void throw_failure(const Source& source, const std::string& name) {
  const std::string& why = source.first_error;
  throw_invalid_data(
      name, "is a corrupt or truncated TIFF: " + (why.empty() ? "it cannot be read" : why));
}

// The strips or tiles of an image: blocks of pixels that libtiff decodes one at a time.
constexpr size_t kMinMaxBlock = size_t{64} << 20;  // bytes; a block of this size is accepted

struct Blocks {
  bool tiled = false;
  uint32_t width = 0;
  uint32_t height = 0;
  size_t row_bytes = 0;
  size_t size = 0;
};

Blocks read_blocks(TIFF* tiff, const TiffLayout& layout, const Source& source,
                   const std::string& name) {
  Blocks blocks;
  blocks.tiled = TIFFIsTiled(tiff) != 0;
  blocks.width = layout.width;
  if (blocks.tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &blocks.width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &blocks.height);
    blocks.row_bytes = static_cast<size_t>(std::max<tmsize_t>(0, TIFFTileRowSize(tiff)));
    blocks.size = static_cast<size_t>(std::max<tmsize_t>(0, TIFFTileSize(tiff)));
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &blocks.height);
    blocks.height = std::min(blocks.height, layout.height);
    blocks.row_bytes = static_cast<size_t>(std::max<tmsize_t>(0, TIFFScanlineSize(tiff)));
    blocks.size = static_cast<size_t>(std::max<tmsize_t>(0, TIFFStripSize(tiff)));
  }
  constexpr uint32_t kMaxSide = 1 << 20;
  // A tile may be larger than the image, but not much.
  const size_t image_bytes = packed_bytes(layout, layout.width) * layout.height;
  const size_t max_block = std::max(kMinMaxBlock, 2 * image_bytes);
  const bool sane = blocks.width > 0 && blocks.height > 0 && blocks.row_bytes > 0 &&
                    (!blocks.tiled || (blocks.width <= kMaxSide && blocks.height <= kMaxSide));
  if (!sane || blocks.size > max_block || blocks.row_bytes < packed_bytes(layout, blocks.width) ||
      blocks.size < blocks.row_bytes * blocks.height) {
    throw_failure(source, name);
  }
  return blocks;
}

bool read_block(TIFF* tiff, const Blocks& blocks, uint32_t x, uint32_t y, uint16_t plane,
                std::vector<uint8_t>& buffer) {
  // Some codecs decode fewer rows than the block has, report success and do not write the rest.
  std::fill(buffer.begin(), buffer.end(), uint8_t{0});
  if (blocks.tiled) return TIFFReadTile(tiff, buffer.data(), x, y, 0, plane) >= 0;
  return TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), buffer.data(),
                              static_cast<tmsize_t>(buffer.size())) >= 0;
}

void read_samples(TIFF* tiff, const TiffLayout& layout, Raster& raster, const Source& source,
                  const std::string& name) {
  const Blocks blocks = read_blocks(tiff, layout, source, name);
  std::vector<uint8_t> buffer(blocks.size);
  const size_t out_row = view(raster).row_bytes();
  const auto channels = static_cast<size_t>(bytes_per_pixel(raster.mode));
  const int planes = layout.planar ? layout.used_samples : 1;
  for (int plane = 0; plane < planes; ++plane) {
    for (uint32_t y = 0; y < layout.height; y += blocks.height) {
      for (uint32_t x = 0; x < layout.width; x += blocks.width) {
        if (!read_block(tiff, blocks, x, y, static_cast<uint16_t>(plane), buffer)) {
          throw_failure(source, name);
        }
        const auto columns = static_cast<int>(std::min(blocks.width, layout.width - x));
        const uint32_t rows = std::min(blocks.height, layout.height - y);
        for (uint32_t row = 0; row < rows; ++row) {
          unpack_samples(layout, buffer.data() + row * blocks.row_bytes, columns, plane,
                         raster.pixels.data() + (y + row) * out_row + x * channels);
        }
      }
    }
  }
}

// Reads YCbCr with subsampled chroma and similar layouts through libtiff's conversion of whole
// images to RGBA.
void read_via_rgba(TIFF* tiff, Raster& raster, const Source& source, const std::string& name) {
  const size_t count = static_cast<size_t>(raster.width) * static_cast<size_t>(raster.height);
  std::vector<uint32_t> pixels(count);
  if (TIFFReadRGBAImageOriented(tiff, static_cast<uint32_t>(raster.width),
                                static_cast<uint32_t>(raster.height), pixels.data(),
                                ORIENTATION_TOPLEFT, 1) != 1) {
    throw_failure(source, name);
  }
  for (size_t i = 0; i < count; ++i) {
    raster.pixels[3 * i] = static_cast<uint8_t>(TIFFGetR(pixels[i]));
    raster.pixels[3 * i + 1] = static_cast<uint8_t>(TIFFGetG(pixels[i]));
    raster.pixels[3 * i + 2] = static_cast<uint8_t>(TIFFGetB(pixels[i]));
  }
}

void unpremultiply_alpha(Raster& raster) {
  const auto step = static_cast<size_t>(bytes_per_pixel(raster.mode));
  for (size_t i = 0; i < raster.pixels.size(); i += step) {
    uint8_t* pixel = raster.pixels.data() + i;
    const uint8_t alpha = pixel[step - 1];
    for (size_t c = 0; c + 1 < step; ++c) {
      pixel[c] = alpha == 0 ? uint8_t{0} : unpremultiply(pixel[c], alpha);
    }
  }
}

// Throws invalid_data, before memory is allocated, if the file cannot hold the pixels: a row of a
// fax takes at least one bit; deflate expands a byte to at most 1032, LZW to 2730. Zstandard and
// LZMA have no such bound; they and others may expand a file to the size of a camera image.
void check_data_size(const TiffLayout& layout, size_t file_bytes, const std::string& name) {
  const auto file_bits = static_cast<int64_t>(file_bytes) * 8;
  const auto pixel_bits = static_cast<int64_t>(layout.bits) * (layout.planar ? 1 : layout.samples);
  int64_t max_pixels = file_bits * (1 << 12) / pixel_bits + kMaxBackgroundPixels;
  if (layout.compression == COMPRESSION_NONE) {
    // Subsampled chroma takes less than pixel_bits.
    max_pixels = file_bits * (layout.photometric == PHOTOMETRIC_YCBCR ? 4 : 1) / pixel_bits;
  } else if (layout.compression >= COMPRESSION_CCITTRLE &&
             layout.compression <= COMPRESSION_CCITTFAX4) {
    max_pixels = file_bits * layout.width;
  }
  check_capacity(layout.width, layout.height, max_pixels, file_bytes, name);
}

void copy_palette(TIFF* tiff, const TiffLayout& layout, Raster& raster, const std::string& name) {
  uint16_t* channels[3] = {};
  // libtiff reports success with null pointers if the tag exists but cannot be read.
  if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &channels[0], &channels[1], &channels[2]) != 1 ||
      channels[0] == nullptr || channels[1] == nullptr || channels[2] == nullptr) {
    throw_invalid_data(name, "is a corrupt or truncated TIFF: its palette is missing");
  }
  for (size_t i = 0; i < size_t{1} << layout.bits; ++i) {
    for (size_t c = 0; c < 3; ++c)
      raster.palette[4 * i + c] = static_cast<uint8_t>(channels[c][i] >> 8);
  }
}

// The XMP packet; empty if there is none. It is valid as long as the file is open.
Bytes xmp_of(TIFF* tiff) {
  uint32_t size = 0;
  const uint8_t* packet = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_XMLPACKET, &size, &packet) == 0 || packet == nullptr) return {};
  return {packet, size};
}

// A classic TIFF is itself an EXIF block. In a BigTIFF, libtiff finds the tag.
int orientation_of(TIFF* tiff, Bytes bytes) {
  uint16_t orientation = 0;
  if (bytes.size() > 2 && (bytes[2] == 43 || bytes[3] == 43) &&
      TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation) != 0) {
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return exif_orientation(bytes, xmp_of(tiff));
}

}  // namespace

Raster decode_tiff(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  Source source{bytes, 0, {}};
  const TiffPtr tiff = open(source);
  if (!tiff) throw_failure(source, name);
  const TiffLayout layout = read_layout(tiff.get(), name);
  if (read_tiff_short(bytes, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_PALETTE &&
      layout.photometric != PHOTOMETRIC_PALETTE) {
    // If the palette cannot be read, libtiff returns a grey image.
    throw_invalid_data(name, "is a corrupt or truncated TIFF: its palette is missing");
  }
  check_size(layout.width, layout.height, limits, name);
  check_data_size(layout, bytes.size(), name);
  if (layout.photometric == PHOTOMETRIC_YCBCR && !layout.via_rgba &&
      layout.mode != PixelMode::ycbcr) {
    TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  Raster raster =
      make_raster(layout.mode, static_cast<int>(layout.width), static_cast<int>(layout.height));
  raster.orientation = orientation_of(tiff.get(), bytes);
  if (has_palette(layout.mode)) copy_palette(tiff.get(), layout, raster, name);
  if (layout.via_rgba) {
    // Keeps libtiff from applying the orientation; the caller does that.
    TIFFSetField(tiff.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    read_via_rgba(tiff.get(), raster, source, name);
  } else {
    read_samples(tiff.get(), layout, raster, source, name);
  }
  if (layout.premultiplied) unpremultiply_alpha(raster);
  return raster;
}

}  // namespace sightline::image
