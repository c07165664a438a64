// timm's plain vision transformers (tools/golden/open_clip_vit.py) and transformers' SigLIP
// (tools/golden/siglip.py).
#include "unit/encode/open_clip_golden.h"

namespace sightline::testing {
namespace {

class TimmVit : public OpenClipGolden {};

TEST_P(TimmVit, Images) {
  EXPECT_EQ(open_model(folder_).family, "open_clip");
  expect_images();
}
TEST_P(TimmVit, Texts) {
  expect_texts();
}

INSTANTIATE_TEST_SUITE_P(All, TimmVit,
                         ::testing::ValuesIn(open_clip_cases({"vit_map", "vit_map_tanh", "vit_clip",
                                                              "vit_gap", "vit_convolutions"})),
                         open_clip_case_name);

class SiglipGolden : public OpenClipGolden {};

TEST_P(SiglipGolden, Images) {
  EXPECT_EQ(open_model(folder_).family, "siglip");
  expect_images();
}
TEST_P(SiglipGolden, TextsArePaddedWithTheEndToken) {
  expect_texts();
}

INSTANTIATE_TEST_SUITE_P(All, SiglipGolden,
                         ::testing::ValuesIn(open_clip_cases({"../siglip/tiny"})),
                         [](const auto& test) { return test.param.backend; });

}  // namespace
}  // namespace sightline::testing
