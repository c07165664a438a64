// Two towers as one model, and models of a single tower, through Model as people load them.
#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/model.h>
#include <sightline/tokenizer_training.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "base/file.h"
#include "base/hash.h"
#include "models/untrained_linear.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden";
const char* const kPreprocessor =
    R"({"crop_size": 24, "size": 24, "do_center_crop": true, "do_resize": true,
  "do_normalize": true, "resample": 3, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]})";

class PairModel : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sl_pair_model_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    bert_ = folder_ / "bert";
    fs::copy(kGolden / "bert/gelu", bert_);
    const std::vector<std::string> texts = {"a red ball", "a red cat", "the ball"};
    train_wordpiece(texts, {.vocab_size = 50, .min_frequency = 1, .context_length = 24}, bert_);
    clip_ = folder_ / "clip";
    fs::copy(kGolden / "clip_vit/quick_gelu", clip_);
    std::ofstream(clip_ / "preprocessor_config.json") << kPreprocessor;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string spec(const std::string& more = "") const {
    return "text=" + bert_.string() + ",image=" + clip_.string() + more;
  }

  static std::string refusal(const std::function<void()>& call, ErrorCode code) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no Error was thrown";
    return "";
  }

  fs::path folder_, bert_, clip_;
};

TEST_F(PairModel, TextModelOutsideThePair) {
  const fs::path pair = folder_ / "pair";
  fs::create_directories(pair);
  const auto write = [&](const std::string& text, const std::string& digest) {
    std::ofstream(pair / "pair.json")
        << R"({"format": 1, "image": "../clip", "text": ")" << text
        << R"(", "text_model": {"name": "org/bert", "command": "fetch it", "digest": ")" << digest
        << R"("}})";
  };
  // Smaller than a block, so that its digest is the SHA-256 of one SHA-256.
  const std::string digest = to_hex(
      Sha256()
          .update(Sha256().update(read_text_file(bert_ / "model.safetensors", 1 << 20)).digest())
          .digest());
  write("../bert", digest);
  EXPECT_EQ(Model::load(pair).info().embedding_dim, 20);
  write("../bert", std::string(64, '0'));
  const auto load = [&] { Model::load(pair); };
  EXPECT_NE(refusal(load, ErrorCode::invalid_data).find("digest is " + digest), std::string::npos);
  write("../nowhere", digest);
  const std::string missing = refusal(load, ErrorCode::not_found);
  EXPECT_NE(missing.find("org/bert"), std::string::npos) << missing;
  EXPECT_NE(missing.find("run 'fetch it'"), std::string::npos) << missing;
}

TEST_F(PairModel, TextsGoThroughTheUntrainedLayer) {
  const Model bert = Model::load(bert_), pair = Model::load(spec(",seed=7"));
  const ModelInfo& info = pair.info();
  EXPECT_EQ(info.family, "pair");
  EXPECT_EQ(info.name, "bert+clip");
  EXPECT_TRUE(info.has_image && info.has_text);
  EXPECT_EQ(info.embedding_dim, 20);
  EXPECT_EQ(info.seed, 7u);
  EXPECT_EQ(info.projection, "untrained linear layer 32 -> 20, seed 7");
  EXPECT_EQ(info.context_length, 24);
  EXPECT_EQ(info.image_size, 24);
  const std::vector<TokenIds> ids = {pair.tokenizer().encode("a red ball"),
                                     pair.tokenizer().encode("the")};
  const Matrix means = bert.encode_tokens(ids), got = pair.encode_tokens(ids);
  const UntrainedLinear layer = untrained_linear(32, 20, 7);
  ASSERT_EQ(got.dim, 20);
  for (int64_t row = 0; row < 2; ++row) {
    for (int64_t n = 0; n < 20; ++n) {
      double sum = layer.bias.data<float>()[n];
      for (int64_t k = 0; k < 32; ++k)
        sum += static_cast<double>(layer.weight.data<float>()[n * 32 + k]) *
               means.row(row)[static_cast<size_t>(k)];
      EXPECT_NEAR(got.row(row)[static_cast<size_t>(n)], sum, 1e-5);  // a sum of 32 in fp32
    }
  }
}

TEST_F(PairModel, ImagesAreTheirTowersOwn) {
  const Model pair = Model::load(spec(), {.load_text_tower = false});
  std::vector<float> pixels(2 * 3 * 24 * 24);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = std::sin(static_cast<float>(i));
  EXPECT_EQ(pair.encode_pixels(pixels, 2).dim, 20);
  EXPECT_EQ(pair.preprocess().crop_size, 24);
  EXPECT_THROW(pair.encode_tokens({}), Error);  // not loaded
}

TEST_F(PairModel, BothSidesComeOutNormalised) {
  const Model pair = Model::load(spec());
  const std::vector<std::string> texts = {"a red ball", "cat"};
  for (const bool normalize : {true, false}) {
    const Encoder encoder(pair, {.normalize = normalize, .limits = {}});
    const Matrix vectors = encoder.encode_texts(texts).vectors;
    double length = 0;
    for (const float x : vectors.row(0)) length += static_cast<double>(x) * x;
    EXPECT_EQ(std::abs(length - 1) < 1e-6, normalize) << length;
  }
}

// Everything that decides a vector decides the fingerprint, and through it the cache's store.
TEST_F(PairModel, FingerprintsTellModelsApart) {
  std::vector<std::string> seen;
  for (const std::string& model : {bert_.string(), spec(), spec(",seed=1"), spec(",seed=2"),
                                   "text=" + clip_.string() + ",image=" + clip_.string()}) {
    if (model.starts_with("text=" + clip_.string())) {
      fs::copy(bert_ / "vocab.txt", clip_ / "vocab.txt");  // any tokenizer of at most 60 tokens
    }
    try {
      seen.push_back(Model::load(model, {.load_image_tower = false, .load_text_tower = false})
                         .info()
                         .fingerprint);
    } catch (const Error& error) {
      // The last has a tokenizer whose end id is not CLIP's: the check reaches into pairs too.
      EXPECT_NE(std::string(error.what()).find("end token"), std::string::npos) << error.what();
    }
  }
  ASSERT_EQ(seen.size(), 4u);
  for (size_t i = 0; i < seen.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(seen[i], seen[j]);
  }
  EXPECT_EQ(Model::load(spec()).info().fingerprint,
            Model::load(spec(",seed=0")).info().fingerprint);
}

TEST_F(PairModel, ADirectoryIsTheSamePair) {
  const fs::path directory = folder_ / "baseline";
  fs::create_directory(directory);
  std::ofstream(directory / "pair.json")
      << R"({"format": 1, "text": "../bert", "image": "../clip", "seed": 3})";
  const Model pair = Model::load(directory);
  EXPECT_EQ(pair.info().name, "baseline");
  EXPECT_EQ(pair.info().layout, "pair");
  EXPECT_EQ(pair.info().fingerprint, Model::load(spec(",seed=3")).info().fingerprint);
  const std::string nested = "text=" + directory.string() + ",image=" + clip_.string();
  EXPECT_NE(
      refusal([&] { Model::load(nested); }, ErrorCode::invalid_argument).find("is a pair itself"),
      std::string::npos);
}

TEST_F(PairModel, WhatDoesNotFitIsRefused) {
  const auto none = [&] { Model::load(spec(",projection=none")); };
  EXPECT_NE(refusal(none, ErrorCode::invalid_argument).find("32 dimensions, the images' 20"),
            std::string::npos);
  const auto wrong_side = [&] {
    Model::load("text=" + clip_.string() + ",image=" + bert_.string());
  };
  EXPECT_NE(refusal(wrong_side, ErrorCode::invalid_argument).find("has no image tower"),
            std::string::npos);
  EXPECT_NE(refusal([&] { Model::load("text=" + bert_.string() + ",image=/nowhere"); },
                    ErrorCode::not_found)
                .find("/nowhere"),
            std::string::npos);
}

TEST_F(PairModel, ASingleTowerNamesTheMissingOne) {
  const Model bert = Model::load(bert_);
  EXPECT_FALSE(bert.info().has_image);
  EXPECT_TRUE(bert.info().has_text);
  EXPECT_EQ(bert.info().embedding_dim, 32);
  const std::string expected = "the model 'bert' (family bert) has no image tower";
  EXPECT_EQ(refusal([&] { bert.preprocess(); }, ErrorCode::unsupported), expected);
  EXPECT_EQ(refusal([&] { bert.encode_pixels({}, 0); }, ErrorCode::unsupported), expected);
  const std::vector<ImageInput> none;
  EXPECT_EQ(refusal([&] { Encoder(bert).encode_images(none); }, ErrorCode::unsupported), expected);
}

}  // namespace
}  // namespace sightline
