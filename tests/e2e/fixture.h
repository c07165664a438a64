// What the tests of the program share: a scratch folder, images, a small data set, a tiny model.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace sightline::testing {

// A folder that lives as long as the test program.
const std::filesystem::path& scratch();
// A new, empty folder in it.
std::filesystem::path fresh_folder(const std::string& name);

std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

// Parses, and fails the test where it is no JSON.
nlohmann::json parse_json(const std::string& text);

// A BMP file of 24 x 24 pixels; every seed gives another image.
std::string bmp_image(uint32_t seed);
// The PNG signature and an IHDR chunk (with its right checksum) that claims such a size, and no
// more.
std::string png_header(uint32_t width, uint32_t height);

// An ImageFolder with metadata.jsonl: 40 rows of split "train", 8 of "test"; columns text,
// keywords.
inline constexpr int kTrainRows = 40, kTestRows = 8;
std::filesystem::path write_small_dataset(const std::string& name);
// A recipe for a model of 32 features and one layer a tower.
std::filesystem::path write_small_recipe(const std::string& name, int epochs);

// A model that `sightline train` made of the small data set in a few seconds, once a test program.
const std::filesystem::path& tiny_model();
const std::filesystem::path& small_dataset();

}  // namespace sightline::testing

// Skips a test that needs a model (or training) in a build without libtorch.
#define SIGHTLINE_NEEDS_TRAINING() \
  if (!SIGHTLINE_HAS_TORCH) GTEST_SKIP() << "this build has no libtorch, so no training"
