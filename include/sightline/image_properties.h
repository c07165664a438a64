// Properties of a decoded image that need no model: format, size, perceptual hash. Thread-safe.
#pragma once

#include <sightline/image.h>

#include <bit>
#include <cstdint>
#include <string>

namespace sightline {

struct ImageProperties {
  std::string format;  // "JPEG"; empty if the image could not be decoded
  int width = 0;       // pixels of the image in the file, turned upright
  int height = 0;
  uint64_t perceptual_hash = 0;
};

// Returns a 64-bit hash of the whole upright image (raster.orientation is applied). Copies of an
// image in another size, format, compression or brightness have hashes of a small Hamming distance;
// those of different images differ in about half of their bits. 0: the image has no structure, such
// as one colour, and is not comparable.
// Reads at most 16,384 pixels, so that it takes about 0.1 ms for any size. Transparent areas count
// as white. Integer arithmetic: the same pixels have the same hash on every machine.
// Throws invalid_argument if the pixel buffer does not match the size.
// Definition: means of 32 x 32 cells of luminance, their discrete cosine transform, and one bit for
// each of the 64 lowest frequencies except the constant: whether it exceeds their median.
// Source: C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010
// (pHash has other frequencies).
uint64_t perceptual_hash(const Raster& raster);

// Returns the number of different bits.
inline int hamming_distance(uint64_t a, uint64_t b) {
  return std::popcount(a ^ b);
}

}  // namespace sightline
