#include "base/adapter_spec.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace sightline {
namespace {

namespace fs = std::filesystem;

class SplitAdapter : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("sl_adapter_spec_" + std::to_string(::getpid()));
    for (const char* folder : {"model", "a+b/model", "c+d/adapter", "m+x"})
      fs::create_directories(root_ / folder);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string at(const std::string& name) const { return (root_ / name).string(); }

  static void expect_split(const std::string& text, const std::string& model,
                           const std::string& adapter) {
    const auto found = split_adapter(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->model, model) << text;
    EXPECT_EQ(found->adapter, adapter) << text;
  }

  fs::path root_;
};

TEST_F(SplitAdapter, TwoParts) {
  expect_split("org/model+org/adapter", "org/model", "org/adapter");
  expect_split("ViT-B/32+folder", "ViT-B/32", "folder");
  expect_split("a+b+c", "a+b", "c");
  for (const char* text : {"", "model", "+", "+a", "a+"}) EXPECT_FALSE(split_adapter(text)) << text;
}

TEST_F(SplitAdapter, AnExistingPathHasNone) {
  EXPECT_FALSE(split_adapter(at("m+x")));
  EXPECT_FALSE(split_adapter(at("a+b/model")));
}

TEST_F(SplitAdapter, ExistingPathsDecideBetweenSeveral) {
  expect_split(at("a+b/model") + "+" + at("c+d/adapter"), at("a+b/model"), at("c+d/adapter"));
  expect_split("org/model+" + at("c+d/adapter"), "org/model", at("c+d/adapter"));
  expect_split(at("model") + "+missing+x", at("model"), "missing+x");
}

TEST_F(SplitAdapter, WithoutAdapters) {
  EXPECT_EQ(without_adapters(at("a+b/model") + "+" + at("c+d/adapter") + "+" + at("m+x")),
            at("a+b/model"));
  EXPECT_EQ(without_adapters("org/model"), "org/model");
}

}  // namespace
}  // namespace sightline
