// Reads an image file with its sidecars and metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "library/catalogue/records.h"
#include "library/indexing/sidecars.h"

namespace sightline::library {

// An image on its way into a library.
struct ImageToIndex {
  ItemRecord item;             // without id and content
  std::vector<uint8_t> bytes;  // of the image
  std::vector<uint8_t> xmp;    // of its sidecar
  Digest digest{};
  std::optional<std::string> error;  // why it could not be read
  bool retry_soon = false;           // the error may pass
};

// Reads the bytes of a file and of its sidecars. A failure is in `error`: the file does not exist,
// cannot be read, or changed while it was read.
ImageToIndex read_image_file(const std::string& path, SidecarFinder& sidecars);

// Computes the digest and adds what the metadata say to item.about. Thread-safe.
void describe_image(ImageToIndex& image);

}  // namespace sightline::library
