// Chinese-CLIP and AltCLIP against transformers (tools/golden/clip_with_bert.py).
#include "unit/encode/open_clip_golden.h"

namespace sightline::testing {
namespace {

class ClipWithBert : public OpenClipGolden {};

TEST_P(ClipWithBert, Images) {
  const std::string family = open_model(folder_).family;
  EXPECT_EQ(family, folder_.parent_path().filename().string());
  expect_images();
}
TEST_P(ClipWithBert, Texts) {
  expect_texts();
}

INSTANTIATE_TEST_SUITE_P(
    All, ClipWithBert,
    ::testing::ValuesIn(open_clip_cases({"../chinese_clip/tiny", "../chinese_clip/sections",
                                         "../altclip/tiny", "../altclip/published"})),
    [](const auto& test) {
      std::string name = test.param.model.substr(3) + "_" + test.param.backend;
      std::ranges::replace(name, '/', '_');
      return name;
    });

}  // namespace
}  // namespace sightline::testing
