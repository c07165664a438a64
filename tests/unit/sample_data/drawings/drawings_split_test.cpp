#include "sample_data/drawings/drawings_split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace sightline {
namespace {

TEST(HeadOf, IsTheLastWordBeforeAPreposition) {
  EXPECT_EQ(head_of("black cats in a basket"), "cat");
  EXPECT_EQ(head_of("cup of tea"), "cup");
  EXPECT_EQ(head_of("light bulb"), "bulb");
  EXPECT_EQ(head_of("kneeling woman with jug"), "woman");
  EXPECT_EQ(head_of("red"), "red");
  EXPECT_EQ(head_of("black and white kings"), "king");
  EXPECT_EQ(head_of(""), "");
}

TEST(HeadOf, IsThePlaceOfAFlag) {
  EXPECT_EQ(head_of("flag of quebec, canada"), "quebec, canada");
  EXPECT_EQ(head_of("historic flag of georgia"), "georgia");
}

// Every row has a thumbnail of its own, far from the others.
std::vector<SplitRow> rows_of(const std::vector<std::string>& captions) {
  std::vector<SplitRow> rows;
  for (size_t i = 0; i < captions.size(); ++i) {
    SplitRow row{"p" + std::to_string(i), captions[i], {}, {}};
    for (size_t at = 0; at < row.thumbnail.size(); ++at) {
      row.thumbnail[at] = static_cast<uint8_t>((i * 7919 + at * 31 + i * at * 13) % 256);
    }
    rows.push_back(row);
  }
  return rows;
}

std::string word_of(size_t i) {
  std::string word = "sub";
  for (; i > 0; i /= 20) word += "bcdfghjklmnpqrtvwxyz"[i % 20];
  return word + "o";
}

std::vector<std::string> captions_of(size_t count) {
  std::vector<std::string> captions;
  for (size_t i = 0; i < count; ++i) captions.push_back("red " + word_of(i / 2 + 1));
  return captions;
}

TEST(SplitDrawings, HoldsOutTheCounts) {
  const auto rows = rows_of(captions_of(400));
  const auto split = split_drawings(rows, 80, 50);
  EXPECT_EQ(std::count(split.begin(), split.end(), Split::novel), 50);
  EXPECT_EQ(std::count(split.begin(), split.end(), Split::test), 80);
  EXPECT_EQ(split, split_drawings(rows, 80, 50));
}

TEST(SplitDrawings, TrainingNamesNoNovelSubject) {
  auto captions = captions_of(300);
  auto rows = rows_of(captions);
  for (size_t i = 0; i < rows.size(); i += 3) {
    rows[i].caption += " with " + word_of(i % 40 + 1);
    rows[i].keywords = {word_of(i % 30 + 3) + "s"};
  }
  const auto split = split_drawings(rows, 0, 60);
  EXPECT_GT(std::count(split.begin(), split.end(), Split::novel), 40);
  EXPECT_GT(std::count(split.begin(), split.end(), Split::test), 0);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (split[i] != Split::novel) continue;
    const std::string head = head_of(rows[i].caption);
    for (size_t j = 0; j < rows.size(); ++j) {
      if (split[j] != Split::train) continue;
      Words named = split_words(rows[j].caption);
      for (const auto& keyword : rows[j].keywords) named.push_back(singular(keyword));
      EXPECT_EQ(std::count(named.begin(), named.end(), head), 0) << head << " in row " << j;
    }
  }
}

TEST(SplitDrawings, TrainingHasNoImageLikeANovelOne) {
  auto rows = rows_of(captions_of(200));
  const auto before = split_drawings(rows, 0, 20);
  const auto novel =
      static_cast<size_t>(std::find(before.begin(), before.end(), Split::novel) - before.begin());
  const auto train =
      static_cast<size_t>(std::find(before.begin(), before.end(), Split::train) - before.begin());
  rows[train].thumbnail = rows[novel].thumbnail;
  EXPECT_EQ(split_drawings(rows, 0, 20)[train], Split::test);
}

TEST(SplitDrawings, FrequentSubjectsStayInTraining) {
  auto captions = captions_of(60);
  for (size_t i = 0; i < 30; ++i) captions[i] = "smiley";
  const auto rows = rows_of(captions);
  const auto split = split_drawings(rows, 0, 60);
  EXPECT_EQ(std::count(split.begin(), split.begin() + 30, Split::train), 30);
}

TEST(SplitDrawings, NoRows) {
  EXPECT_TRUE(split_drawings({}, 5, 5).empty());
}

}  // namespace
}  // namespace sightline
