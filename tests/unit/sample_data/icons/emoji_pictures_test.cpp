#include "sample_data/icons/emoji_pictures.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "image/draw_svg.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

using testing::TemporaryFolder;

Emoji emoji(std::u32string sequence, std::string name) {
  return {std::move(sequence), std::move(name), "", "", ""};
}

class EmojiPicturesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!image::can_draw_svg()) GTEST_SKIP() << "this build cannot draw SVG";
    folder_.write("info.json", R"({"license": {"title": "MIT"}})");
  }
  TemporaryFolder folder_;
};

TEST_F(EmojiPicturesTest, TheImageOfANovelEmojiIsNoOthers) {
  folder_.write("icons.json", R"({"icons": {
    "cat": {"body": "<circle cx='8' cy='8' r='7'/>"},
    "kitten": {"body": "<circle cx='8' cy='8' r='7'/>"},
    "dog": {"body": "<rect width='9' height='16'/>"},
    "puppy": {"body": "<rect width='9' height='16'/>"},
    "ghost": {"body": "<rect width='9' height='16' fill='white'/>"},
    "other": {"body": ""}}})");
  const std::vector<Emoji> table = {emoji(U"a", "cat"),   emoji(U"b", "kitten"),
                                    emoji(U"c", "dog"),   emoji(U"d", "puppy"),
                                    emoji(U"e", "ghost"), emoji(U"f", "owl")};
  const std::vector<Split> splits = {Split::train, Split::novel, Split::train,
                                     Split::test,  Split::train, Split::novel};
  const auto pictures = draw_pictures(table, splits, IconSet(folder_.path()), {});
  EXPECT_EQ(pictures.icons, (std::vector<std::string>{"", "kitten", "dog", "puppy", "ghost", ""}));
  std::vector<bool> drawn;
  for (const auto& png : pictures.png) drawn.push_back(!png.empty());
  EXPECT_EQ(drawn, (std::vector<bool>{false, true, true, true, false, false}));
  EXPECT_EQ(pictures.unmatched_icons, 1);
  std::vector<int64_t> left_out;
  for (const auto& [rule, count] : pictures.left_out) left_out.push_back(count);
  EXPECT_EQ(left_out, (std::vector<int64_t>{1, 1, 0, 1}));  // missing, novel, broken, blank
}

// Two icons of emojione that differ only in size: they are zoomed to one image.
TEST_F(EmojiPicturesTest, DifferentIconsMayBeTheImageOfANovelEmoji) {
  folder_.write("icons.json", R"({"width": 64, "height": 64, "icons": {
    "white-large-square": {"body": "<path fill='#d0d0d0' d='M2 2h60v60H2z'/>"},
    "white-medium-square": {"body": "<path fill='#d0d0d0' d='M8 8h48v48H8z'/>"},
    "ring": {"body": "<circle cx='32' cy='32' r='20' fill='none' stroke='black'/>"}}})");
  const std::vector<Emoji> table = {emoji(U"a", "white medium square"),
                                    emoji(U"b", "white large square"), emoji(U"c", "ring")};
  const auto pictures =
      draw_pictures(table, {Split::train, Split::novel, Split::train}, IconSet(folder_.path()), {});
  EXPECT_EQ(pictures.icons, (std::vector<std::string>{"", "white-large-square", "ring"}));
  EXPECT_TRUE(pictures.png[0].empty());
  EXPECT_FALSE(pictures.png[1].empty());
  EXPECT_EQ(pictures.left_out[1].count, 1);
}

TEST_F(EmojiPicturesTest, ASetWithoutEmojiIsRefused) {
  folder_.write("icons.json", R"({"icons": {"abc": {"body": ""}}})");
  EXPECT_THROW(draw_pictures({emoji(U"a", "cat")}, {Split::train}, IconSet(folder_.path()), {}),
               Error);
}

}  // namespace
}  // namespace sightline
