// SigLIP 2 against transformers' vectors and pixels (tests/golden/siglip2, made by
// tools/golden/siglip2.py): one image size, and images of different sizes (NaFlex).
#include <sightline/error.h>
#include <sightline/image_encoder.h>

#include "base/plugin.h"
#include "image/image_preprocessor.h"
#include "unit/encode/golden_model.h"
#include "weights/checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using testing::expect_vectors;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/siglip2";
const std::vector<std::string> kImages = {"wide", "tall", "square", "tiny"};

std::vector<ImageSource> image_files() {
  std::vector<ImageSource> files;
  for (const std::string& name : kImages)
    files.push_back({.id = name, .file = kGolden / (name + ".png")});
  return files;
}

void expect_images(const Model& model, const std::string& name) {
  const ImageEncoder encoder(model, {.batch_size = 3, .normalize = false});
  const EncodedImages all = encoder.encode(image_files());
  for (size_t i = 0; i < kImages.size(); ++i) {
    ASSERT_FALSE(all.errors[i]) << *all.errors[i];
    Matrix one(1, all.vectors.dim);
    std::ranges::copy(all.vectors.row(static_cast<int64_t>(i)), one.row(0).begin());
    expect_vectors(one, kGolden / (name + "." + kImages[i] + ".npy"));
  }
}

class Siglip2Golden : public ::testing::TestWithParam<std::tuple<const char*, Backend>> {
 protected:
  void SetUp() override {
    if (std::get<1>(GetParam()) == Backend::torch && !plugin_exists("torch"))
      GTEST_SKIP() << "built without libtorch";
  }
  std::string name() const { return std::get<0>(GetParam()); }
  Model load() const { return Model::load(kGolden / name(), {.backend = std::get<1>(GetParam())}); }
};

TEST_P(Siglip2Golden, Images) {
  expect_images(load(), name());
}

TEST_P(Siglip2Golden, TextsArePaddedWithTheTokenizersToken) {
  testing::expect_text_vectors(load(), kGolden, name());
}

INSTANTIATE_TEST_SUITE_P(All, Siglip2Golden,
                         ::testing::Combine(::testing::Values("fixed", "naflex"),
                                            ::testing::Values(Backend::cpu, Backend::torch)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) + "_" +
                                  std::string(backend_name(std::get<1>(test.param)));
                         });

TEST(Siglip2, InfoOfANaflexModel) {
  const Model model = Model::load(kGolden / "naflex");
  EXPECT_EQ(model.info().family, "siglip2");
  EXPECT_EQ(model.info().patch_size, 5);
  EXPECT_EQ(model.info().image_size, 20);
  const Tensor bias = Checkpoint(kGolden / "naflex").load("logit_bias", {1});
  EXPECT_EQ(model.info().logit_bias, *bias.data<float>());
  EXPECT_EQ(model.preprocess().describe(),
            "patches 23, bilinear, patch 5, order huggingface, orientation upright, mean 0.5 0.5 "
            "0.5, std 0.5 0.5 0.5");
}

TEST(Siglip2, PixelsEqualThoseOfTransformers) {
  const PreprocessSpec spec = Model::load(kGolden / "naflex").preprocess();
  image::ImagePreprocessor preprocessor(spec);
  for (const std::string& name : kImages) {
    const NpyArray expected = read_npy(kGolden / ("naflex." + name + ".pixels.npy"));
    const std::vector<uint8_t> bytes = read_file(kGolden / (name + ".png"), 1 << 20);
    std::vector<float> pixels(static_cast<size_t>(spec.max_elements()));
    const image::Size size = preprocessor.prepare(bytes, name, pixels.data());
    ASSERT_EQ(expected.shape, (std::vector<int64_t>{3, size.height, size.width})) << name;
    for (size_t i = 0; i < expected.f32().size(); ++i)
      ASSERT_EQ(pixels[i], expected.f32()[i]) << name << " element " << i;
  }
}

TEST(Siglip2, SizesEqualThoseOfTransformers) {
  const auto rows = nlohmann::json::parse(read_text_file(kGolden / "sizes.json", 1 << 20))
                        .get<std::vector<std::vector<int>>>();
  EXPECT_EQ(rows.size(), 400u);
  for (const std::vector<int>& row : rows) {
    PreprocessSpec spec;
    spec.resize = PreprocessSpec::Resize::patches;
    spec.patch_size = row[2];
    spec.max_patches = row[3];
    const image::Size size = image::resized_size(row[0], row[1], spec);
    EXPECT_EQ(size.width, row[4]) << row[0] << " x " << row[1];
    EXPECT_EQ(size.height, row[5]) << row[0] << " x " << row[1];
  }
}

// With another way of resizing, images have one size and go the way of every other model's.
TEST(Siglip2, ImagesOfOneSize) {
  const Model model = Model::load(kGolden / "naflex", {.resize = PreprocessSpec::Resize::squash});
  EXPECT_FALSE(model.preprocess().variable_size());
  EXPECT_EQ(model.preprocess().crop_size, 20);
  const EncodedImages all = ImageEncoder(model, {.normalize = false}).encode(image_files());
  Matrix square(1, all.vectors.dim);
  ASSERT_FALSE(all.errors[2]) << *all.errors[2];
  std::ranges::copy(all.vectors.row(2), square.row(0).begin());
  // 30 x 30 pixels become 4 x 4 patches either way.
  expect_vectors(square, kGolden / "naflex.square.npy");
}

TEST(Siglip2, RefusesToResizeOtherModelsToPatches) {
  const std::string message = testing::refusal(
      [] { Model::load(kGolden / "fixed", {.resize = PreprocessSpec::Resize::patches}); },
      ErrorCode::invalid_argument);
  EXPECT_NE(message.find("one size"), std::string::npos) << message;
}

// An unreadable image among others leaves no gap.
TEST(Siglip2, FailedImagesAreSkipped) {
  const Model model = Model::load(kGolden / "naflex");
  std::vector<ImageSource> files = image_files();
  files.insert(files.begin(), {.id = "none", .file = kGolden / "none.png"});
  const EncodedImages all = ImageEncoder(model, {.normalize = false}).encode(files);
  EXPECT_TRUE(all.errors[0]);
  for (size_t i = 0; i < kImages.size(); ++i) {
    ASSERT_FALSE(all.errors[i + 1]) << *all.errors[i + 1];
    Matrix one(1, all.vectors.dim);
    std::ranges::copy(all.vectors.row(static_cast<int64_t>(i) + 1), one.row(0).begin());
    expect_vectors(one, kGolden / ("naflex." + kImages[i] + ".npy"));
  }
}

}  // namespace
}  // namespace sightline
