#include "models/head_hints.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

std::vector<std::string> warnings_of(int64_t vision_heads, int64_t text_heads) {
  std::vector<std::string> warnings;
  add_head_warning("image", 768, vision_heads, "model", warnings);
  add_head_warning("text", 512, text_heads, "model", warnings);
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
  std::vector<std::string> warnings;
  add_head_warning("text", 768, 12, "model", warnings);
  EXPECT_TRUE(warnings.empty());
  add_head_warning("text", 768, 8, "model", warnings);
  EXPECT_EQ(warnings.size(), 1u);
  add_head_warning("text", 64, 8, "model", warnings);  // nothing is known of tiny models
  EXPECT_EQ(warnings.size(), 1u);
}

}  // namespace
}  // namespace sightline
