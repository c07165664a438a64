// The sample layout of a TIFF image and its conversion to a Raster.
#pragma once

#include <sightline/image.h>
#include <tiffio.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sightline::image {

struct TiffLayout {
  uint32_t width = 0;
  uint32_t height = 0;
  uint16_t bits = 1;     // per sample
  uint16_t samples = 1;  // per pixel, including extra samples
  uint16_t photometric = 0;
  uint16_t compression = 1;
  bool planar = false;     // each sample is stored in a separate plane
  bool via_rgba = false;   // YCbCr that libtiff converts to RGBA
  bool is_signed = false;  // samples are signed integers
  bool is_float = false;
  bool inverted = false;       // zero is white
  bool premultiplied = false;  // colours are multiplied by alpha
  PixelMode mode = PixelMode::l;
  int used_samples = 1;  // number of leading samples that become the raster's channels
};

// Reads the layout from the tags. Throws unsupported if no PixelMode represents it.
TiffLayout read_layout(TIFF* tiff, const std::string& name);

// Unpacks `count` pixels of a row into interleaved channels.
//   in: packed samples of all channels or, in planar files, of one channel
//   channel: the first channel to write: the plane's index in planar files, otherwise 0
//   out: the first pixel
void unpack_samples(const TiffLayout& layout, const uint8_t* in, int count, int channel,
                    uint8_t* out);

// Returns the size in bytes of `count` pixels of a row as libtiff returns it.
size_t packed_bytes(const TiffLayout& layout, size_t count);

}  // namespace sightline::image
