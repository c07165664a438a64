// The choice of a precision, with the models that ship.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/precision.h>

#include <filesystem>

#include "base/file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kModel = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";
const std::vector<std::string> kTexts = {"a red heart", "a cat that laughs", "flag of France"};

TEST(ChoosePrecision, TakesTheFirstThatKeepsTheVectors) {
  const PrecisionChoice choice = choose_precision(kModel, {}, {}, kTexts);
  EXPECT_EQ(choice.texts, 3);
  EXPECT_EQ(choice.images, 0);
  const auto fast = fast_precisions(Backend::cpu);
  if (fast.empty()) {
    EXPECT_EQ(choice.precision, Precision::fp32);
    GTEST_SKIP() << "this processor computes no precision faster than fp32";
  }
  ASSERT_FALSE(choice.trials.empty());
  for (const PrecisionTrial& trial : choice.trials) {
    EXPECT_EQ(trial.accepted, trial.cosine >= kLeastCosine);
    EXPECT_GT(trial.cosine, 0.99) << precision_name(trial.precision);
    EXPECT_LT(trial.cosine, 1) << precision_name(trial.precision)
                               << " is fp32's vectors to the last bit";
  }
  const PrecisionTrial& last = choice.trials.back();
  EXPECT_EQ(choice.precision, last.accepted ? last.precision : Precision::fp32);
  EXPECT_NE(choice.text().find("smallest cosine to fp32"), std::string::npos) << choice.text();
  EXPECT_NE(choice.text().find("0 images and 3 texts"), std::string::npos) << choice.text();
}

TEST(ChoosePrecision, WithNothingToCompareByItIsFp32) {
  const std::vector<uint8_t> no_image = {1, 2, 3};
  const std::vector<ImageInput> images = {{"broken", no_image}};
  const PrecisionChoice choice = choose_precision(kModel, {}, images, {});
  EXPECT_EQ(choice.precision, Precision::fp32);
  EXPECT_EQ(choice.images, fast_precisions(Backend::cpu).empty() ? 1 : 0);
  EXPECT_TRUE(choice.trials.empty());
}

TEST(ChoosePrecision, ABackendWithoutThemKeepsFp32) {
  EXPECT_TRUE(fast_precisions(Backend::torch).empty());
  ModelOptions options;
  options.backend = Backend::torch;
  const PrecisionChoice choice = choose_precision(kModel, options, {}, kTexts);
  EXPECT_EQ(choice.precision, Precision::fp32);
  EXPECT_EQ(choice.text(), "fp32: the backend torch computes no other faster");
}

// In every precision: vectors near those of fp32, and the same from run to run.
TEST(Precision, TextsStayNearFp32AndAreReproducible) {
  const auto vectors = [](Precision precision) {
    ModelOptions options;
    options.precision = precision;
    options.load_image_tower = false;
    const Model model = Model::load(kModel, options);
    return Encoder(model).encode_texts(kTexts).vectors;
  };
  const Matrix exact = vectors(Precision::fp32);
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    const Matrix close = vectors(precision);
    EXPECT_EQ(close.values, vectors(precision).values);
    EXPECT_NE(close.values, exact.values);
    for (int64_t i = 0; i < exact.rows; ++i) {
      double cosine = 0;
      for (size_t c = 0; c < exact.row(i).size(); ++c) cosine += exact.row(i)[c] * close.row(i)[c];
      EXPECT_GT(cosine, 0.999) << precision_name(precision) << " text " << i;
    }
  }
}

TEST(Precision, LoadingNeedsOne) {
  ModelOptions options;
  options.precision.reset();
  try {
    Model::load(kModel, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("choose_precision"), std::string::npos)
        << error.what();
  }
}

TEST(Device, CudaIsRefusedByTheCpuBackend) {
  ModelOptions options;
  options.device = parse_device("cuda");
  try {
    Model::load(kModel, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_NE(std::string(error.what()).find("cuda:0"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace sightline
