#include "data/columns/text_columns.h"

#include <gtest/gtest.h>

#include "rows.h"

namespace sightline {
namespace {

using sightline::testing::error_of;
using Names = std::vector<std::string>;

Names chosen(const Names& candidates, const Names& requested = {}) {
  return choose_text_columns(candidates, requested, "t.parquet");
}

TEST(TextColumns, NumberedColumnsAreInNumericOrder) {
  EXPECT_EQ(chosen({"caption_10", "caption_2", "caption_0", "title"}),
            (Names{"caption_0", "caption_2", "caption_10"}));
  EXPECT_EQ(chosen({"caption2", "caption1"}), (Names{"caption1", "caption2"}));
  EXPECT_EQ(chosen({"Comment 1", "Comment 0"}), (Names{"Comment 0", "Comment 1"}));
  EXPECT_EQ(chosen({"sentence_1", "sentence_0", "text"}), (Names{"sentence_0", "sentence_1"}));
  EXPECT_EQ(chosen({"caption_1", "caption", "caption_2"}),
            (Names{"caption", "caption_1", "caption_2"}));
  EXPECT_EQ(chosen({"description_1", "text_0", "text_1"}), (Names{"text_0", "text_1"}))
      << "columns of one name only";
}

TEST(TextColumns, UsualNamesComeBeforeOthersInAnyCase) {
  EXPECT_EQ(chosen({"license", "caption", "text"}), Names{"text"});
  EXPECT_EQ(chosen({"license", "Caption"}), Names{"Caption"});
  EXPECT_EQ(chosen({"CAPTION", "caption"}), Names{"caption"});
  EXPECT_EQ(chosen({"only"}), Names{"only"});
  EXPECT_EQ(chosen({"one", "other"}), Names{});
  EXPECT_EQ(chosen({"caption_x", "captions_of", "caption_1234567"}), Names{});
}

TEST(TextColumns, RequestedColumnsAreInTheOrderOfTheRequest) {
  EXPECT_EQ(chosen({"a", "b", "text"}, {"b", "a"}), (Names{"b", "a"}));
  EXPECT_EQ(chosen({"Alt", "text"}, {"alt"}), Names{"Alt"});
  const auto missing = error_of([] { chosen({"a", "b"}, {"a", "c"}); });
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->code(), ErrorCode::not_found);
  EXPECT_STREQ(missing->what(), "'t.parquet' has no text column 'c'; found: a, b");
  EXPECT_EQ(error_of([] { chosen({"a"}, {"a", "A"}); })->code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace sightline
