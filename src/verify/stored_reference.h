// A folder of what the reference implementation computed for one model (docs/formats/verify.md).
#pragma once

#include <sightline/image.h>
#include <sightline/matrix.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

struct StoredImage {
  std::string name;            // of the file in the folder
  std::vector<uint8_t> bytes;  // the encoded image
  Image pixels;                // RGB (S, S, 3) that the reference feeds to its normalisation
};

struct StoredText {
  std::string text;
  std::vector<int32_t> ids;  // start and end token included, unpadded
};

struct StoredReference {
  std::string made_with;  // "transformers 5.12.1, torch 2.14.1, Pillow 13.0.0"
  std::vector<StoredImage> images;
  std::vector<StoredText> texts;
  Matrix image_vectors;  // (images, D), not normalised; no rows: not stored
  Matrix text_vectors;   // (texts, D)
};

// Throws Error: not_found, io, limit_exceeded, invalid_data (what is wrong in which file).
StoredReference read_stored_reference(const std::filesystem::path& folder);

}  // namespace sightline
