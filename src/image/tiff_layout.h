// Which of the many TIFF layouts a file has, and how its samples become a Raster.
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
  uint16_t bits = 1;     // a sample
  uint16_t samples = 1;  // a pixel, extra ones included
  uint16_t photometric = 0;
  uint16_t compression = 1;
  bool planar = false;         // each sample in a plane of its own
  bool through_rgba = false;   // YCbCr: libtiff converts
  bool inverted = false;       // white is zero
  bool premultiplied = false;  // colours are multiplied by alpha
  PixelMode mode = PixelMode::l;
  int used_samples = 1;  // the first so many samples become the raster's channels
};

// Reads the tags. Throws unsupported for layouts that have no PixelMode.
TiffLayout read_layout(TIFF* tiff, const std::string& name);

// `count` pixels of a row. in: packed samples (all of them, or one plane's); out: where the first
// pixel's channel `channel` goes. In planar files called once a plane, else with channel 0.
void unpack_samples(const TiffLayout& layout, const uint8_t* in, int count, int channel,
                    uint8_t* out);

// Bytes that `count` pixels take in a row that libtiff gives.
size_t packed_bytes(const TiffLayout& layout, size_t count);

}  // namespace sightline::image
