// Finds the blocks of metadata in image files.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "image/decoders.h"
#include "image/metadata/exif_fields.h"

namespace sightline::image {

// Parts of the file's bytes or of `storage`; empty: there is none.
struct MetadataBlocks {
  struct Exif {
    Bytes block;
    ExifDirectory first = ExifDirectory::image;
  };

  std::vector<Exif> exif;
  Bytes xmp;         // an XMP packet
  Bytes photoshop;   // Photoshop's image resources, of which one is IPTC
  Bytes iptc;        // IPTC-IIM data sets
  std::string note;  // why a block is not read: "its metadata is compressed with Brotli"

  std::deque<std::vector<uint8_t>> storage;  // blocks that are compressed or in several parts
};

// Finds the metadata of JPEG, PNG, WebP, TIFF, HEIF, AVIF, JPEG XL, JPEG 2000 and camera RAW by the
// file's first bytes. Damaged files have the blocks before the damage; other files have none. The
// bytes must outlive the result. Of extended XMP in JPEG, only the main packet is found.
MetadataBlocks find_metadata_blocks(Bytes file);

// Returns the IPTC-IIM data sets in Photoshop's image resources; empty if there are none.
Bytes iptc_of_photoshop(Bytes resources);

}  // namespace sightline::image
