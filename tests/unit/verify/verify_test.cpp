// Verification passes for correct models and references. Small errors fail, and only in the stage
// that they affect.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/verify.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/hash.h"
#include "base/npy.h"
#include "verify/builtin.h"
#include "verify/compare.h"
#include "verify/published_values.h"
#include "verify/stages.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kModel = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";

class VerifyFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sl_verify_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = fs::path(name) / "model";
    fs::copy(kModel, folder_, fs::copy_options::recursive);
  }
  void TearDown() override { fs::remove_all(folder_.parent_path()); }

  // Compares with stored and built-in references only, not with libtorch.
  Certificate verify() const {
    return verify_model(
        folder_.string(),
        {.model = {}, .reference = {}, .images = {}, .published_as = {}, .cross_check = false});
  }

  static const VerifyStage& stage(const Certificate& certificate, const std::string& name,
                                  const std::string& beginning) {
    const auto found = std::find_if(
        certificate.stages.begin(), certificate.stages.end(), [&](const VerifyStage& stage) {
          return stage.name == name && stage.reference.starts_with(beginning);
        });
    if (found == certificate.stages.end()) throw std::runtime_error("no stage " + name);
    return *found;
  }

  fs::path folder_;
};

TEST_F(VerifyFolder, AShippedModelPasses) {
  const Certificate certificate = verify();
  EXPECT_FALSE(certificate.failed());
  EXPECT_TRUE(certificate.complete());
  for (const char* name : {"tokens", "pixels", "image tower", "text tower", "rankings"}) {
    const VerifyStage& found = stage(certificate, name, "stored");
    EXPECT_EQ(found.status, StageStatus::passed) << name;
    EXPECT_GT(found.checked, 5) << name;
  }
  EXPECT_EQ(stage(certificate, "pixels", "built-in").status, StageStatus::passed);
  const auto json = nlohmann::json::parse(certificate_json(certificate));
  EXPECT_TRUE(json["passed"]);
  EXPECT_EQ(json["stages"].size(), certificate.stages.size());
  EXPECT_EQ(json["model"]["fingerprint"], certificate.model.fingerprint);
}

// Covers every model family and checkpoint layout.
TEST(Verify, EveryShippedModelMatchesItsReferences) {
  int models = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(SIGHTLINE_SOURCE_DIR) / "models")) {
    if (!entry.is_directory()) continue;
    const fs::path text =
        fs::path(SIGHTLINE_SOURCE_DIR) / "build/deps/all-MiniLM-L6-v2/config.json";
    if (entry.path().filename() == "emoji-words" && !fs::exists(text)) {
      std::puts("emoji-words is left out: run tools/fetch_sentence_model.sh");
      continue;
    }
    const Certificate certificate = verify_model(entry.path().string());
    for (const VerifyStage& stage : certificate.stages) {
      EXPECT_NE(stage.status, StageStatus::failed)
          << entry.path() << ": " << stage.name << " against " << stage.reference << ", "
          << stage.detail;
    }
    EXPECT_TRUE(certificate.complete()) << entry.path();
    ++models;
  }
  EXPECT_GE(models, 6);
}

// A relative error of about 1e-3 in one weight is detected, and only its tower fails.
TEST_F(VerifyFolder, AChangedWeightFailsItsTower) {
  const fs::path file = folder_ / "model.safetensors";
  std::string bytes = read_text_file(file);
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto about = nlohmann::json::parse(bytes.substr(8, header));
  const size_t at = about["visual_projection.weight"]["data_offsets"][0];
  bytes[8 + header + at] =
      static_cast<char>(bytes[8 + header + at] ^ 0x10);  // a low bit of one f16
  std::ofstream(file, std::ios::binary) << bytes;
  const Certificate certificate = verify();
  EXPECT_TRUE(certificate.failed());
  EXPECT_EQ(stage(certificate, "image tower", "stored").status, StageStatus::failed);
  EXPECT_EQ(stage(certificate, "text tower", "stored").status, StageStatus::passed);
  EXPECT_EQ(stage(certificate, "pixels", "stored").status, StageStatus::passed);
}

TEST_F(VerifyFolder, AnotherResizeFilterFailsThePixelsStage) {
  const fs::path file = folder_ / "preprocessor_config.json";
  auto config = nlohmann::json::parse(read_text_file(file));
  config["resample"] = 2;  // bilinear
  std::ofstream(file) << config;
  const Certificate certificate = verify();
  const VerifyStage& pixels = stage(certificate, "pixels", "stored");
  EXPECT_EQ(pixels.status, StageStatus::failed);
  EXPECT_GT(*pixels.largest_error, 0);
}

TEST_F(VerifyFolder, DifferentIdsFailTheTokensStage) {
  const fs::path file = folder_ / "verify/reference.json";
  auto reference = nlohmann::json::parse(read_text_file(file));
  auto& ids = reference["texts"][1]["ids"];
  ids[1] = ids[1].get<int>() + 1;
  std::ofstream(file) << reference;
  const Certificate certificate = verify();
  EXPECT_EQ(stage(certificate, "tokens", "stored").wrong, 1);
  EXPECT_TRUE(certificate.failed());
}

TEST_F(VerifyFolder, WithoutStoredReferencesItIsIncomplete) {
  fs::remove_all(folder_ / "verify");
  const Certificate certificate = verify();
  EXPECT_FALSE(certificate.failed());
  EXPECT_FALSE(certificate.complete());
}

TEST_F(VerifyFolder, ErrorsInReferencesAreNamed) {
  const fs::path file = folder_ / "verify/reference.json";
  const auto error_for = [&](const std::string& text) -> std::string {
    std::ofstream(file) << text;
    try {
      verify();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(error_for("{").find("not valid JSON"), std::string::npos);
  EXPECT_NE(error_for("{\"format\": 2}").find("\"format\": 1"), std::string::npos);
  EXPECT_NE(
      error_for(
          R"({"format": 1, "made_with": "x", "images": [{"file": "../config.json", "pixels": "a.png"}]})")
          .find("not a file name in the same folder"),
      std::string::npos);
  EXPECT_NE(error_for(R"({"format": 1, "made_with": "x", "texts": [{"text": "a", "ids": [-1]}]})")
                .find("-1"),
            std::string::npos);
  EXPECT_NE(error_for(R"({"format": 1, "made_with": "x", "texts": [{"text": "a", "ids": [1, 2]}]})")
                .find("expected an array ("),
            std::string::npos);
}

TEST(CompareRows, CountsWhatIsOutOfTolerance) {
  Matrix reference(3, 4);
  for (size_t i = 0; i < reference.values.size(); ++i)
    reference.values[i] = static_cast<float>(i) + 1;
  VerifyStage same;
  compare_rows(reference, reference, "row", same);
  EXPECT_EQ(same.status, StageStatus::passed);
  EXPECT_EQ(*same.largest_error, 0);

  Matrix ours = reference;
  ours.row(1)[2] *= 1 + 1e-4f;
  ours.row(2)[0] = NAN;
  VerifyStage off;
  compare_rows(ours, reference, "row", off);
  EXPECT_EQ(off.status, StageStatus::failed);
  EXPECT_EQ(off.wrong, 2);
  EXPECT_TRUE(std::isinf(*off.largest_error));
  EXPECT_EQ(off.detail, "worst: row 3");

  VerifyStage misshaped;
  EXPECT_THROW(compare_rows(Matrix(2, 4), reference, "row", misshaped), Error);
}

TEST(CompareRankings, OnlyNearTiesMaySwap) {
  Matrix texts(1, 2), images(3, 2);
  texts.values = {1, 0};
  images.values = {1, 0.5f, 1, 0.5f, 1, 2};
  Matrix swapped = images;
  swapped.row(0)[1] += 1e-6f;  // swaps the first two, which were equal
  EXPECT_EQ(compare_rankings(swapped, texts, images, texts).status, StageStatus::passed);
  swapped.row(2)[1] = 0.1f;  // moves the last to the first rank
  const VerifyStage stage = compare_rankings(swapped, texts, images, texts);
  EXPECT_EQ(stage.status, StageStatus::failed);
  EXPECT_NEAR(*stage.largest_error, 1 / std::sqrt(1.25) - 1 / std::sqrt(5.0), 1e-6);
}

// Preprocessing produces Pillow's bytes for all settings with built-in references.
TEST(Builtin, PixelsEqualPillow) {
  int known = 0;
  for (const int size : {64, 224, 240, 256, 288, 336, 384, 448}) {
    for (const auto rounding :
         {PreprocessSpec::CropRounding::floor, PreprocessSpec::CropRounding::half_even}) {
      PreprocessSpec spec;
      spec.resize_size = spec.crop_size = size;
      spec.crop_rounding = rounding;
      const BuiltinPixels* expected = builtin_pixels(spec);
      ASSERT_NE(expected, nullptr) << size;
      for (int i = 0; i < kBuiltinImages; ++i) {
        EXPECT_EQ(to_hex(sha256(preprocess_pixels(builtin_image(i), spec).pixels)),
                  expected->sha256[static_cast<size_t>(i)])
            << size << " image " << i;
        ++known;
      }
    }
  }
  EXPECT_EQ(known, 48);
  PreprocessSpec resnet;
  resnet.resize_size = 256;
  resnet.filter = ResizeFilter::bilinear;
  ASSERT_NE(builtin_pixels(resnet), nullptr);
  for (int i = 0; i < kBuiltinImages; ++i) {
    EXPECT_EQ(to_hex(sha256(preprocess_pixels(builtin_image(i), resnet).pixels)),
              builtin_pixels(resnet)->sha256[static_cast<size_t>(i)]);
  }
}

TEST(Builtin, IdsEqualTheReferenceTokenizers) {
  const fs::path file =
      fs::path(SIGHTLINE_SHARED_DIR) / "data/tokenizers/bpe_simple_vocab_16e6.txt.gz";
  if (!fs::exists(file)) GTEST_SKIP() << "no " << file;
  const auto tokenizer = load_openai_tokenizer(file);
  const BuiltinIds* known = builtin_ids(*tokenizer);
  ASSERT_NE(known, nullptr);
  for (size_t i = 0; i < builtin_texts().size(); ++i) {
    const auto ids = tokenizer->encode(builtin_texts()[i]).ids;
    EXPECT_TRUE(std::ranges::equal(ids, known->ids[i])) << builtin_texts()[i];
  }
}

// The code path for the published values of bert-base-uncased, on a tiny BERT whose hidden states
// were computed by transformers with the same mask.
TEST(Published, HiddenStatesWithMaskedFirstToken) {
  const fs::path folder = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/bert/gelu";
  std::ifstream file(folder / "ids.jsonl");
  std::string line, last;
  while (std::getline(file, line)) last = line;
  const std::vector<int32_t> ids = nlohmann::json::parse(last);
  const Matrix states = masked_hidden_states(folder.string(), ids, {});
  const NpyArray expected = read_npy(folder / "masked.npy");
  ASSERT_EQ(static_cast<int64_t>(states.values.size()), expected.count());
  for (size_t i = 0; i < states.values.size(); ++i)
    ASSERT_NEAR(states.values[i], expected.f32()[i], 2e-5) << i;
}

TEST(Published, RepoIdIsDerivedFromTheCachePath) {
  EXPECT_EQ(
      repo_id_of_cache_path(
          "/home/a/.cache/huggingface/hub/models--openai--clip-vit-base-patch32/snapshots/abc"),
      "openai/clip-vit-base-patch32");
  EXPECT_EQ(repo_id_of_cache_path("/models/emoji-vit-8"), "");
}

}  // namespace
}  // namespace sightline
