// Access to tests/golden/image and image_codecs: small images and the values that Pillow computed
// from them.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"

namespace sightline {

inline std::filesystem::path golden_folder(const std::string& folder) {
  return std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests/golden" / folder;
}

inline nlohmann::json golden_json(const std::string& name, const std::string& folder = "image") {
  return nlohmann::json::parse(read_text_file(golden_folder(folder) / name));
}

// Maps the file name of each image in a folder of tests/golden to its bytes.
inline std::map<std::string, std::vector<uint8_t>> golden_images(
    const std::string& folder = "image") {
  std::map<std::string, std::vector<uint8_t>> images;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder(folder))) {
    if (!entry.is_regular_file() || entry.path().extension() == ".json") continue;
    images[entry.path().filename().string()] = read_file(entry.path(), 1 << 20);
  }
  return images;
}

inline std::string digest_of(const std::vector<uint8_t>& bytes) {
  return to_hex(sha256(bytes));
}

}  // namespace sightline
