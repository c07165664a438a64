// Reads a folder with results of the reference implementation for one model
// (docs/formats/verify.md).
#pragma once

#include <sightline/image.h>
#include <sightline/matrix.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

struct StoredImage {
  std::string name;            // file name in the folder
  std::vector<uint8_t> bytes;  // the encoded image
  Image pixels;                // RGB (S, S, 3), the input of the reference's normalization
};

struct StoredText {
  std::string text;
  std::vector<int32_t> ids;  // including start and end token, without padding
};

struct StoredReference {
  std::string made_with;  // "transformers 5.12.1, torch 2.14.1, Pillow 13.0.0"
  std::vector<StoredImage> images;
  std::vector<StoredText> texts;
  Matrix image_vectors;  // (images, D), not normalized; no rows if not stored
  Matrix text_vectors;   // (texts, D), likewise
};

// Throws not_found, io, limit_exceeded, invalid_data (names the file and the problem).
StoredReference read_stored_reference(const std::filesystem::path& folder);

}  // namespace sightline
