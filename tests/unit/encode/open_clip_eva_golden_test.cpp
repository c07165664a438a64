// OpenCLIP's models whose image tower is timm's Eva, against what open_clip and timm computed
// (tests/golden/open_clip, made by tools/golden/open_clip_eva.py).
#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "base/plugin.h"
#include "models/packed_tokens.h"
#include "models/towers.h"
#include "unit/encode/golden_model.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/open_clip";

struct Case {
  std::string model;
  std::string backend;
};

class OpenClipEvaGolden : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (GetParam().backend == "torch" && !plugin_exists("torch"))
      GTEST_SKIP() << "built without libtorch";
    folder_ = kGolden / GetParam().model;
    ops_ = create_ops(parse_backend(GetParam().backend));
    model_ = load_towers(open_model(folder_), *ops_, {});
  }

  void expect_near(const Tensor& got, const std::string& file) const {
    const Tensor host = ops_->to_host(got);
    Matrix vectors(host.dim(0), host.dim(1));
    std::copy_n(host.data<float>(), host.count(), vectors.values.data());
    testing::expect_vectors(vectors, folder_ / file);
  }

  fs::path folder_;
  std::unique_ptr<Ops> ops_;
  LoadedModel model_;
};

TEST_P(OpenClipEvaGolden, Images) {
  const NpyArray pixels = read_npy(folder_ / "pixels.npy");
  const Tensor host = Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data());
  expect_near(model_.image->encode(*ops_, ops_->from_host(host)), "image.npy");
}

TEST_P(OpenClipEvaGolden, Texts) {
  std::vector<TokenIds> texts;
  std::ifstream file(folder_ / "ids.jsonl");
  for (std::string line; std::getline(file, line);)
    texts.push_back({nlohmann::json::parse(line).get<std::vector<int32_t>>(), false, ""});
  const PackedTokens packed = pack_tokens(texts);
  expect_near(model_.text->encode(*ops_, ops_->from_host(packed.ids), packed.offsets), "text.npy");
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* backend : {"cpu", "torch"}) {
    for (const char* model :
         {"eva_giant_patch14_224", "eva02_base_patch16_clip_224", "eva02_enormous_patch14_clip_224",
          "vit_pe_core_tiny_patch16_384", "vit_pe_core_gigantic_patch14_448"})
      all.push_back({model, backend});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, OpenClipEvaGolden, ::testing::ValuesIn(cases()),
                         [](const auto& test) {
                           return test.param.model + "_" + test.param.backend;
                         });

// A copy of a case whose vision_cfg has other values.
class OpenClipEvaConfig : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sl_eva_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    for (const auto& entry : fs::directory_iterator(kGolden / "vit_pe_core_tiny_patch16_384"))
      fs::copy(entry.path(), folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string refusal(const nlohmann::json& changes, ErrorCode code) const {
    const fs::path file = folder_ / "open_clip_config.json";
    auto config = nlohmann::json::parse(
        read_text_file(kGolden / "vit_pe_core_tiny_patch16_384/open_clip_config.json", 1 << 20));
    nlohmann::json& vision = config["model_cfg"]["vision_cfg"];
    for (const auto& [key, value] : changes.items()) vision[key] = value;
    if (changes.empty()) vision.erase("timm_proj");
    std::ofstream(file) << config.dump();
    return testing::refusal([&] { open_model(folder_); }, code);
  }

  fs::path folder_;
};

TEST_F(OpenClipEvaConfig, RefusesSettingsThatItDoesNotHaveByName) {
  const auto invalid = [&](const nlohmann::json& changes) {
    return refusal(changes, ErrorCode::invalid_data);
  };
  EXPECT_NE(invalid({{"timm_pool", "avg"}}).find("'timm_pool'"), std::string::npos);
  EXPECT_NE(invalid({{"timm_proj", "linear"}}).find("'timm_proj'"), std::string::npos);
  // OpenCLIP's default is a linear layer.
  EXPECT_NE(invalid({}).find("'timm_proj'"), std::string::npos);
  EXPECT_NE(invalid({{"image_size", 4}}).find("'image_size'"), std::string::npos);
  EXPECT_NE(
      refusal({{"attentional_pool", true}}, ErrorCode::unsupported).find("'attentional_pool'"),
      std::string::npos);
  EXPECT_NE(refusal({{"timm_model_name", "vit_pe_core_colossal"}}, ErrorCode::unsupported)
                .find("vit_pe_core_colossal"),
            std::string::npos);
}

// 16 heads do not divide the width of 48 into multiples of 4.
TEST_F(OpenClipEvaConfig, RefusesSizesThatDoNotFitTheName) {
  EXPECT_NE(refusal({{"timm_model_name", "vit_pe_core_large_patch14_336"}}, ErrorCode::invalid_data)
                .find("width 48"),
            std::string::npos);
}

}  // namespace
}  // namespace sightline
