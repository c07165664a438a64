// OpenCLIP's models whose image tower is timm's Eva, against what open_clip and timm computed
// (tests/golden/open_clip, made by tools/golden/open_clip_eva.py).
#include <sightline/error.h>

#include "unit/encode/golden_model.h"
#include "unit/encode/open_clip_golden.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

class OpenClipEva : public OpenClipGolden {};

TEST_P(OpenClipEva, Images) {
  expect_images();
}
TEST_P(OpenClipEva, Texts) {
  expect_texts();
}

INSTANTIATE_TEST_SUITE_P(All, OpenClipEva,
                         ::testing::ValuesIn(open_clip_cases(
                             {"eva_giant_patch14_224", "eva02_base_patch16_clip_224",
                              "eva02_enormous_patch14_clip_224", "vit_pe_core_tiny_patch16_384",
                              "vit_pe_core_gigantic_patch14_448"})),
                         open_clip_case_name);

// A copy of a case whose vision_cfg has other values.
class OpenClipEvaConfig : public ::testing::Test {
 protected:
  void SetUp() override {
    golden_ =
        fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/open_clip/vit_pe_core_tiny_patch16_384";
    std::string name = (fs::temp_directory_path() / "sl_eva_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    for (const auto& entry : fs::directory_iterator(golden_)) fs::copy(entry.path(), folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string refusal(const nlohmann::json& changes, ErrorCode code) const {
    const fs::path file = folder_ / "open_clip_config.json";
    auto config = nlohmann::json::parse(read_text_file(golden_ / "open_clip_config.json", 1 << 20));
    nlohmann::json& vision = config["model_cfg"]["vision_cfg"];
    for (const auto& [key, value] : changes.items()) vision[key] = value;
    if (changes.empty()) vision.erase("timm_proj");
    std::ofstream(file) << config.dump();
    return testing::refusal([&] { open_model(folder_); }, code);
  }

  fs::path golden_, folder_;
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
}  // namespace sightline::testing
