#include "sample_data/icons/icon_caption.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

TEST(IconCaption, HasNoNumbersAndNoDuo) {
  EXPECT_EQ(icon_caption("oven-glove-2-duo"), "oven glove");
  EXPECT_EQ(icon_caption("rank-3"), "rank");
  EXPECT_EQ(icon_caption("right-down2"), "right down");
  EXPECT_EQ(icon_caption("3d-glasses"), "3d glasses");
  EXPECT_EQ(icon_caption("mp3-player"), "mp3 player");
  EXPECT_EQ(icon_caption("Duel"), "duel");
}

TEST(IconCaption, IsEmptyWithoutAWord) {
  for (const char* name : {"", "duo", "123", "h2o", "a-b-c", "-"})
    EXPECT_EQ(icon_caption(name), "");
}

TEST(IconKeywords, AreTheWordsOfTheCategories) {
  EXPECT_EQ(icon_keywords({"BuildingConstruction", "Food & Drink"}),
            "building construction | food drink");
  EXPECT_EQ(icon_keywords({}), "");
  EXPECT_EQ(icon_keywords({"2"}), "");
}

}  // namespace
}  // namespace sightline
