// Loads a model from tests/golden and compares its vectors with those of the reference.
#pragma once

#include <gtest/gtest.h>
#include <sightline/encoder.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/npy.h"

namespace sightline::testing {

// Tiny towers of fp32 sums, vectors of a few units: 2e-5 is about a hundred roundings.
constexpr float kGoldenTolerance = 2e-5f;

inline void expect_vectors(const Matrix& got, const std::filesystem::path& expected_file) {
  const NpyArray expected = read_npy(expected_file);
  ASSERT_EQ(expected.shape, (std::vector<int64_t>{got.rows, got.dim})) << expected_file;
  for (size_t i = 0; i < got.values.size(); ++i) {
    ASSERT_NEAR(got.values[i], expected.f32()[i], kGoldenTolerance)
        << expected_file << " row " << static_cast<int64_t>(i) / got.dim;
  }
}

// `golden`: a folder with texts.json and NAME.texts.npy.
inline void expect_text_vectors(const Model& model, const std::filesystem::path& golden,
                                const std::string& name) {
  const auto texts = nlohmann::json::parse(read_text_file(golden / "texts.json", 1 << 20))
                         .get<std::vector<std::string>>();
  const Encoder encoder(model, {.normalize = false});
  expect_vectors(encoder.encode_texts(texts).vectors, golden / (name + ".texts.npy"));
}

// `golden`: a folder with image.png and NAME.images.npy.
inline void expect_image_vectors(const Model& model, const std::filesystem::path& golden,
                                 const std::string& name) {
  const std::vector<uint8_t> bytes = read_file(golden / "image.png", 1 << 20);
  const Encoder encoder(model, {.normalize = false});
  const EncodedImages encoded =
      encoder.encode_images(std::vector<ImageInput>{{"image.png", bytes}});
  ASSERT_FALSE(encoded.errors[0]) << *encoded.errors[0];
  expect_vectors(encoded.vectors, golden / (name + ".images.npy"));
}

// Calls fn and returns the message of the Error that it throws, which must have this code.
template <typename Fn>
std::string refusal(const Fn& fn, ErrorCode code) {
  try {
    fn();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

}  // namespace sightline::testing
