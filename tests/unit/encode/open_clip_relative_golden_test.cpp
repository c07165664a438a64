// timm's towers with relative positions in OpenCLIP's models (tools/golden/open_clip_relative.py).
#include <sightline/error.h>

#include "unit/encode/golden_model.h"
#include "unit/encode/open_clip_golden.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

class RelativePositions : public OpenClipGolden {};

TEST_P(RelativePositions, Images) {
  expect_images();
}
TEST_P(RelativePositions, Texts) {
  expect_texts();
}

INSTANTIATE_TEST_SUITE_P(
    All, RelativePositions,
    ::testing::ValuesIn(open_clip_cases({"swin_base_patch4_window7_224",
                                         "vit_relpos_medium_patch16_cls_224"})),
    open_clip_case_name);

// The message about a golden case with another value in vision_cfg.
std::string refusal_of(const std::string& model, const std::string& key,
                       const nlohmann::json& value, ErrorCode code) {
  const fs::path golden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/open_clip" / model;
  std::string name = (fs::temp_directory_path() / "sl_relative_XXXXXX").string();
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  const fs::path folder = name;
  fs::copy(golden / "open_clip_model.safetensors", folder);
  auto config = nlohmann::json::parse(read_text_file(golden / "open_clip_config.json", 1 << 20));
  config["model_cfg"]["vision_cfg"][key] = value;
  std::ofstream(folder / "open_clip_config.json") << config.dump();
  const std::string message = refusal([&] { open_model(folder); }, code);
  fs::remove_all(folder);
  return message;
}

TEST(RelativePositionsConfig, RefusesOtherPoolingAndSizes) {
  const std::string swin = "swin_base_patch4_window7_224",
                    vit = "vit_relpos_medium_patch16_cls_224";
  EXPECT_NE(refusal_of(vit, "timm_pool", "avg", ErrorCode::invalid_data).find("'timm_pool'"),
            std::string::npos);
  EXPECT_NE(refusal_of(vit, "image_size", 6, ErrorCode::invalid_data).find("'image_size'"),
            std::string::npos);
  // 66 / 3 = 22 patches a side are no whole windows of 5.
  EXPECT_NE(refusal_of(swin, "image_size", 66, ErrorCode::invalid_data).find("windows of 5"),
            std::string::npos);
  EXPECT_NE(refusal_of(swin, "timm_pool", "max", ErrorCode::unsupported).find("'timm_pool'"),
            std::string::npos);
}

}  // namespace
}  // namespace sightline::testing
