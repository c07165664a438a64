// Fixtures of the end-to-end tests: a scratch folder, images, a small data set, a tiny model.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace sightline::testing {

// A folder that exists until the test program ends.
const std::filesystem::path& scratch();
// A new, empty folder in it.
std::filesystem::path fresh_folder(const std::string& name);

std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

// Parses a JSON text. Fails the test if it is invalid.
nlohmann::json parse_json(const std::string& text);

// A BMP file of 24 x 24 pixels; each seed has a different image.
std::string bmp_image(uint32_t seed);
// Only the PNG signature and an IHDR chunk (with a correct checksum) that claims this size.
std::string png_header(uint32_t width, uint32_t height);

// An ImageFolder with metadata.jsonl: 40 rows of split "train", 8 of "test"; columns text,
// keywords.
inline constexpr int kTrainRows = 40, kTestRows = 8;
std::filesystem::path write_small_dataset(const std::string& name);
// A recipe for a model of width 32 with one layer per tower.
std::filesystem::path write_small_recipe(const std::string& name, int epochs);

// A model that `sightline train` trains on the small data set in a few seconds, once per test
// program.
const std::filesystem::path& tiny_model();
const std::filesystem::path& small_dataset();

}  // namespace sightline::testing

// Skips a test that needs a model (or training) in a build without libtorch.
#define SIGHTLINE_NEEDS_TRAINING() \
  if (!SIGHTLINE_HAS_TORCH) GTEST_SKIP() << "this build has no libtorch, so no training"
