#include "models/head_hints.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

std::vector<std::string> warnings_of(const char* tower, const TowerSizes& sizes) {
  std::vector<std::string> warnings;
  add_head_warning(tower, sizes, "model", warnings);
  return warnings;
}

TEST(HeadHints, NamesThePublishedArchitectureThatTheConfigContradicts) {
  const auto warnings = warnings_of("image", {768, 12, 3072, 8});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("image tower 8 heads"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("ViT-B, which has 12"), std::string::npos) << warnings[0];
  EXPECT_EQ(warnings_of("text", {512, 12, 2048, 16}).size(), 1u);
  EXPECT_EQ(warnings_of("text", {768, 12, 3072, 8}).size(), 1u);
}

// Published models, as their configs have them: (width, layers, mlp, heads).
TEST(HeadHints, PublishedModelsPass) {
  for (const auto& sizes : {TowerSizes{768, 12, 3072, 12},
                            {1024, 24, 4096, 16},
                            {1280, 32, 5120, 16},
                            {1408, 40, 6144, 16},
                            {1664, 48, 8192, 16},
                            {1152, 27, 4304, 16},  // SigLIP so400m: heads of 72
                            {384, 12, 1536, 6},    // ViT-S
                            {256, 10, 1024, 4},    // TinyCLIP
                            {896, 16, 3584, 14}})  // EVA, TinyCLIP 61M
    EXPECT_TRUE(warnings_of("image", sizes).empty()) << sizes.width;
  for (const auto& sizes : {TowerSizes{512, 12, 2048, 8},
                            {768, 12, 3072, 12},
                            {1024, 24, 4096, 16},
                            {1280, 32, 5120, 20},
                            {384, 6, 1536, 12},   // all-MiniLM-L6-v2: heads of 32
                            {384, 12, 1536, 12},  // MiniLM-L12
                            {384, 12, 1536, 6},   // ViT-S-32's text tower
                            {768, 6, 3072, 12},   // DistilBERT
                            {312, 4, 1200, 12},   // TinyBERT: heads of 26
                            {128, 2, 512, 2},
                            {256, 4, 1024, 4},
                            {512, 8, 2048, 8}})
    EXPECT_TRUE(warnings_of("text", sizes).empty()) << sizes.width;
}

TEST(HeadHints, OtherSizesAreNoEvidence) {
  EXPECT_TRUE(warnings_of("text", {64, 2, 256, 8}).empty());
  EXPECT_TRUE(warnings_of("image", {768, 11, 3072, 8}).empty());
  EXPECT_TRUE(warnings_of("image", {768, 12, 2048, 8}).empty());
}

}  // namespace
}  // namespace sightline
