// Images as files, bytes and pixels have the same vectors; texts can be cancelled between batches.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image_encoder.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "unit/encode/golden_model.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = SIGHTLINE_SOURCE_DIR;

struct File {
  fs::path path;
  std::vector<uint8_t> bytes;
  Raster raster;
};

// Golden images of the decoders, in every pixel mode.
std::vector<File> files(const PreprocessSpec& spec) {
  std::vector<File> all;
  for (const auto& entry : fs::directory_iterator(kRoot / "tests/golden/image")) {
    if (entry.path().extension() != ".png" && entry.path().extension() != ".tif") continue;
    std::vector<uint8_t> bytes = read_file(entry.path(), 1 << 24);
    try {
      Raster raster = decode_raster(bytes, entry.path().string(), spec);
      all.push_back({entry.path(), std::move(bytes), std::move(raster)});
    } catch (const Error&) {  // broken on purpose
    }
  }
  return all;
}

class ImageEncoderForms : public ::testing::TestWithParam<const char*> {};

TEST_P(ImageEncoderForms, HaveTheSameVectorsAndProperties) {
  const Model model = Model::load(kRoot / "models" / GetParam());
  const std::vector<File> images = files(model.preprocess());
  ASSERT_GT(images.size(), 10u);
  std::vector<ImageSource> bytes, paths, pixels;
  for (const File& file : images) {
    bytes.push_back({.id = file.path.string(), .bytes = file.bytes});
    paths.push_back({.id = file.path.string(), .file = file.path});
    pixels.push_back({.id = file.path.string(), .pixels = file.raster});
  }
  const ImageEncoder encoder(model, {.batch_size = 7, .properties = true});
  const EncodedImages expected = encoder.encode(bytes);
  for (const auto& form : {paths, pixels}) {
    const EncodedImages encoded = encoder.encode(form);
    EXPECT_EQ(encoded.vectors.values, expected.vectors.values);
    EXPECT_EQ(encoded.errors, expected.errors);
    for (size_t i = 0; i < images.size(); ++i) {
      EXPECT_EQ(encoded.properties[i].perceptual_hash, expected.properties[i].perceptual_hash);
      EXPECT_EQ(encoded.properties[i].width, expected.properties[i].width);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ImageEncoderForms, ::testing::Values("emoji-vit-8", "emoji-rn"));

TEST(ImageEncoder, ReportsFailuresAlone) {
  const Model model = Model::load(kRoot / "models/emoji-vit-8");
  const std::vector<uint8_t> grey(4 * 6, 128);
  const RasterView good(PixelMode::l, 6, 4, grey);
  RasterView wrong_size = good;
  wrong_size.height = 5;
  RasterView huge = good;
  huge.width = huge.height = 1 << 20;
  const std::vector<ImageSource> images = {
      {.id = "good", .pixels = good},
      {.id = "absent", .file = "no/such/file.png"},
      {.id = "wrong", .pixels = wrong_size},
      {.id = "huge", .pixels = huge},
      {.id = "no palette", .pixels = RasterView(PixelMode::palette, 6, 4, grey)}};
  const EncodedImages encoded = ImageEncoder(model).encode(images);
  EXPECT_FALSE(encoded.errors[0]);
  for (size_t i = 1; i < images.size(); ++i) EXPECT_TRUE(encoded.errors[i]) << images[i].id;
  EXPECT_NE(encoded.errors[1]->find("no/such/file.png"), std::string::npos);
  EXPECT_NE(encoded.errors[3]->find("huge"), std::string::npos);
  EXPECT_THROW(ImageEncoder(model, {.batch_size = 0}), Error);
}

TEST(EncodeTexts, CanBeCancelledAfterAnyBatch) {
  const Model model = Model::load(kRoot / "models/emoji-vit-8");
  const std::vector<std::string> texts(3000, "a text of a few words that fills batches");
  const Encoder encoder(model);
  int64_t last = 0;
  const auto stop = [&](const ProgressUpdate& update) {
    last = update.done;
    throw Error(ErrorCode::cancelled, "enough");
  };
  testing::refusal([&] { encoder.encode_texts(texts, stop); }, ErrorCode::cancelled);
  EXPECT_GT(last, 0);
  EXPECT_LT(last, 300);
  encoder.encode_texts(texts, [&](const ProgressUpdate& update) { last = update.done; });
  EXPECT_EQ(last, 3000);
}

}  // namespace
}  // namespace sightline
