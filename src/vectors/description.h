// NAME.meta.json (docs/formats/vectors.md).
#pragma once

#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sightline::vectors {

// The provenance of a set, and which array it describes.
struct Description {
  VectorProvenance provenance;
  int64_t rows = 0, dim = 0;
  std::string first_checksum;  // of row 0; empty where there is none
};
void write_description(const std::filesystem::path& npy, const Description& description);
// Nothing where there is no such file. Throws invalid_data.
std::optional<Description> read_description(const std::filesystem::path& npy);

}  // namespace sightline::vectors
