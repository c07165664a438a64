// The fields of an EXIF block that read_metadata() uses.
#pragma once

#include <sightline/metadata.h>

#include <cstdint>
#include <optional>
#include <string>

#include "image/decoders.h"

namespace sightline::image {

struct ExifFields {
  std::optional<CivilTime> original, digitized;  // DateTimeOriginal, DateTimeDigitized
  std::string make, model, lens, description;
  std::string xp_title, xp_subject, xp_keywords;  // Windows; keywords are separated by ';'
  std::optional<double> latitude, longitude;
  std::optional<int> rating, rating_percent;  // Windows
  // Blocks of other metadata in a TIFF file, and the preview in a RAW file of Panasonic, which has
  // an EXIF block of its own. Parts of the block's bytes.
  Bytes xmp, iptc, photoshop, preview;
};

// The kinds of directories. In most files, the first directory points to the others; RAW files of
// Canon (CR3) have one block for each.
enum class ExifDirectory { image, exif, gps };

// Adds the fields of an EXIF block, or of a classic TIFF file, to `fields`; fields that are already
// set are kept. Damaged and unknown entries are ignored. Reads only the directories of the first
// image, no maker notes, and copies at most a few kB, so that time and memory are bounded by the
// number of entries.
//   block  begins with "II" or "MM", with or without "Exif\0\0" before it
//   first  the kind of the block's first directory
// Source: EXIF 2.32; TIFF 6.0; for the numbers that RAW files have in place of 42, ExifTool's
// documentation of tags.
void read_exif(Bytes block, ExifFields& fields, ExifDirectory first = ExifDirectory::image);

}  // namespace sightline::image
