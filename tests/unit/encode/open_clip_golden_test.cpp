// The options of OpenCLIP's own towers (tools/golden/open_clip_native.py).
#include "unit/encode/open_clip_golden.h"

namespace sightline::testing {
namespace {

class NativeTowers : public OpenClipGolden {};

TEST_P(NativeTowers, Images) {
  EXPECT_EQ(open_model(folder_).family, "open_clip");
  expect_images();
}
TEST_P(NativeTowers, TextsOfDifferentLengthInOneBatch) {
  expect_texts();
}

INSTANTIATE_TEST_SUITE_P(All, NativeTowers,
                         ::testing::ValuesIn(open_clip_cases({"clipa", "worldwide", "layer_scale",
                                                              "coca", "coca_fused", "mobile",
                                                              "siglip_text", "no_projection"})),
                         open_clip_case_name);

// Towers without special options are CLIP's, however narrow.
class NarrowTowers : public OpenClipGolden {};

TEST_P(NarrowTowers, ImagesAndTexts) {
  EXPECT_EQ(open_model(folder_).family, "clip_vit");
  expect_images();
  expect_texts();
}

INSTANTIATE_TEST_SUITE_P(All, NarrowTowers, ::testing::ValuesIn(open_clip_cases({"tinyclip"})),
                         open_clip_case_name);

}  // namespace
}  // namespace sightline::testing
