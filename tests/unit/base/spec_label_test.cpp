#include "base/spec_label.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <filesystem>
#include <fstream>

namespace sightline {
namespace {

void expect_split(const std::string& text, const std::string& label, const std::string& spec) {
  const LabeledSpec found = split_label(text);
  EXPECT_EQ(found.label, label) << text;
  EXPECT_EQ(found.spec, spec) << text;
}

TEST(SplitLabel, OfPathsNamesAndPairs) {
  expect_split("models/a", "", "models/a");
  expect_split("ours=models/a", "ours", "models/a");
  expect_split("ViT-B/32=models/b", "ViT-B/32", "models/b");
  expect_split("a=b=c", "a", "b=c");
  expect_split("text=a,image=b,seed=1", "", "text=a,image=b,seed=1");
  expect_split("image=b,text=a", "", "image=b,text=a");
  expect_split("pair=text=a,image=b", "pair", "text=a,image=b");
  expect_split("", "", "");
}

TEST(SplitLabel, AnExistingPathHasNone) {
  const std::string path = ::testing::TempDir() + "/rate=0.1";
  std::ofstream(path) << "x";
  expect_split(path, "", path);
  expect_split("best=" + path, "best", path);
  std::filesystem::remove(path);
  expect_split(path, path.substr(0, path.find('=')), "0.1");
}

TEST(SplitLabel, NeedsBothParts) {
  for (const char* text : {"=models/a", "ours=", "="})
    EXPECT_THROW(split_label(text), Error) << text;
}

}  // namespace
}  // namespace sightline
