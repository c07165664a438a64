#include "sample_data/icons/icon_set.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "expect_error.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

using testing::TemporaryFolder;

constexpr const char* kInfo =
    R"({"author": {"name": "Ann", "url": "https://a"}, "license": {"title": "MIT", "spdx": "MIT"}})";

class IconSetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("icons.json", R"({"prefix": "p", "width": 20, "height": 10, "icons": {
      "a": {"body": "<path/>"}, "b": {"body": "<g/>", "width": 8, "left": -2, "hidden": true}},
      "aliases": {"c": {"parent": "a", "hFlip": true}, "d": {"parent": "c", "rotate": 1},
                  "e": {"parent": "f"}, "f": {"parent": "e"}, "g": {"parent": "none"}}})");
    folder_.write("info.json", kInfo);
  }
  TemporaryFolder folder_;
};

TEST_F(IconSetTest, ReadsIconsWithTheSetsSizes) {
  const IconSet set(folder_.path());
  ASSERT_EQ(set.icons().size(), 2u);
  EXPECT_EQ(set.icons().at("a").width, 20);
  EXPECT_EQ(set.icons().at("b").width, 8);
  EXPECT_EQ(set.icons().at("b").height, 10);
  EXPECT_EQ(set.icons().at("b").left, -2);
  EXPECT_TRUE(set.icons().at("b").hidden);
  EXPECT_EQ(set.info().package, "p");
  EXPECT_EQ(set.info().author, "Ann");
  EXPECT_EQ(set.info().licence, "MIT");
  EXPECT_EQ(set.files().size(), 2u);
  const std::string svg = set.svg("b").value();
  EXPECT_NE(svg.find("viewBox=\"-2.0 0.0 8.0 10.0\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("><g/></svg>"), std::string::npos) << svg;
}

TEST_F(IconSetTest, AliasesAreMirroredAndTurned) {
  const IconSet set(folder_.path());
  EXPECT_EQ(set.icon_of("a"), "a");
  EXPECT_EQ(set.icon_of("d"), "a");
  const std::string mirrored = set.svg("c").value(), turned = set.svg("d").value();
  EXPECT_NE(mirrored.find("scale(-1 1)"), std::string::npos) << mirrored;
  EXPECT_NE(mirrored.find("width=\"20.0\" height=\"10.0\""), std::string::npos) << mirrored;
  EXPECT_NE(turned.find("rotate(90.0)"), std::string::npos) << turned;
  EXPECT_NE(turned.find("scale(-1 1)"), std::string::npos) << turned;
  EXPECT_NE(turned.find("viewBox=\"5.0 -5.0 10.0 20.0\""), std::string::npos) << turned;
}

TEST_F(IconSetTest, CirclesAndMissingParentsAreNoIcons) {
  const IconSet set(folder_.path());
  for (const char* name : {"e", "g", "none"}) {
    EXPECT_EQ(set.icon_of(name), "") << name;
    EXPECT_FALSE(set.svg(name)) << name;
  }
}

TEST_F(IconSetTest, ReadsOptionalFiles) {
  folder_.write("chars.json", R"({"1f600": "a", "1f601": 3})");
  folder_.write("metadata.json", R"({"categories": {"Tools": ["a", "b"], "Art": ["b"]}})");
  folder_.write("package.json", R"({"name": "@iconify-json/p", "version": "1.2.3"})");
  const IconSet set(folder_.path());
  EXPECT_EQ(set.chars(), (std::map<std::string, std::string>{{"1f600", "a"}}));
  EXPECT_EQ(set.categories("b"), (std::vector<std::string>{"Art", "Tools"}));
  EXPECT_TRUE(set.categories("c").empty());
  EXPECT_EQ(set.info().package, "@iconify-json/p");
  EXPECT_EQ(set.info().version, "1.2.3");
  EXPECT_EQ(set.files().size(), 5u);
}

TEST_F(IconSetTest, SaysWhatIsWrongWithAPackage) {
  const auto refusal = [&](const char* file, const char* content, ErrorCode code) {
    TemporaryFolder folder;
    folder.write("icons.json", R"({"icons": {"a": {"body": ""}}})");
    folder.write("info.json", kInfo);
    folder.write(file, content);
    try {
      IconSet{folder.path()};
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << content;
      EXPECT_NE(std::string(error.what()).find(file), std::string::npos) << error.what();
      return std::string(error.what());
    }
    ADD_FAILURE() << file << " was accepted: " << content;
    return std::string();
  };
  using enum ErrorCode;
  refusal("icons.json", "{", invalid_data);
  refusal("icons.json", "[]", invalid_data);
  EXPECT_NE(refusal("icons.json", R"({"icons": 3})", invalid_data).find("'icons'"),
            std::string::npos);
  EXPECT_NE(refusal("icons.json", R"({"icons": {"a": {}}})", invalid_data).find("'body'"),
            std::string::npos);
  EXPECT_NE(refusal("icons.json", R"({"icons": {"a": {"body": "", "width": "x"}}})", invalid_data)
                .find("'width'"),
            std::string::npos);
  EXPECT_NE(refusal("info.json", "{}", invalid_data).find("'license'"), std::string::npos);
  refusal("chars.json", "[1]", invalid_data);
  TemporaryFolder empty;
  try {
    IconSet{empty.path()};
    FAIL() << "a folder without icons.json was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), not_found);
    EXPECT_NE(std::string(error.what()).find("@iconify-json"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace sightline
