#include "models/head_hints.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

std::vector<std::string> warnings_of(int64_t vision_heads, int64_t text_heads) {
  ClipConfig config;
  config.vision.width = 768;
  config.vision.heads = vision_heads;
  config.text.width = 512;
  config.text.heads = text_heads;
  std::vector<std::string> warnings;
  add_head_warnings(config, "model", warnings);
  return warnings;
}

TEST(HeadHints, PublishedWidthsPassOthersAreNamed) {
  EXPECT_TRUE(warnings_of(12, 8).empty());
  ASSERT_EQ(warnings_of(6, 8).size(), 1u);
  EXPECT_NE(warnings_of(6, 8)[0].find("image tower of width 768 6 heads of 128"), std::string::npos)
      << warnings_of(6, 8)[0];
  EXPECT_EQ(warnings_of(24, 16).size(), 2u);
}

TEST(HeadHints, BertAndSmallModels) {
  BertConfig bert;
  std::vector<std::string> warnings;
  add_head_warnings(bert, "model", warnings);
  EXPECT_TRUE(warnings.empty());
  bert.heads = 8;
  add_head_warnings(bert, "model", warnings);
  EXPECT_EQ(warnings.size(), 1u);
  bert.width = 64;  // nothing is known of toys
  add_head_warnings(bert, "model", warnings);
  EXPECT_EQ(warnings.size(), 1u);
}

}  // namespace
}  // namespace sightline
