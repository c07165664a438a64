// Texts of a locked text tower.
#include "train/locked_texts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace sightline {
namespace {

TrainingSet three_rows() {
  TrainingSet set;
  set.rows.resize(3);
  set.rows[0].captions = {"red ball"};
  set.rows[0].keywords = {"red", "ball", "toy"};
  set.rows[1].captions = {"house"};
  set.rows[2] = set.rows[0];  // the same subject
  return set;
}

// Unit vectors: the angle is the number of the text.
Matrix angles(std::span<const std::string> texts) {
  Matrix vectors(static_cast<int64_t>(texts.size()), 2);
  for (int64_t i = 0; i < vectors.rows; ++i) {
    vectors.row(i)[0] = static_cast<float>(std::cos(0.1 * static_cast<double>(i)));
    vectors.row(i)[1] = static_cast<float>(std::sin(0.1 * static_cast<double>(i)));
  }
  return vectors;
}

TEST(LockedTexts, AreDistinctAndEqualForEqualSubjects) {
  Recipe recipe;
  recipe.captions.variants = 12;
  std::vector<std::string> encoded;
  const LockedTexts locked =
      lock_texts(three_rows(), recipe, [&](std::span<const std::string> texts) {
        encoded.assign(texts.begin(), texts.end());
        return angles(texts);
      });
  EXPECT_EQ(std::set<std::string>(encoded.begin(), encoded.end()).size(), encoded.size());
  ASSERT_EQ(locked.of_row.size(), 3u);
  for (const auto& own : locked.of_row) EXPECT_EQ(own.size(), 12u);
  EXPECT_EQ(locked.of_row[0], locked.of_row[2]);
  for (const int64_t text : locked.of_row[1])
    EXPECT_EQ(encoded.at(static_cast<size_t>(text)), "house");
  EXPECT_GT(std::set<int64_t>(locked.of_row[0].begin(), locked.of_row[0].end()).size(), 3u);
}

TEST(LockedTexts, MeansHaveUnitLengthAndTheMeanDirection) {
  Recipe recipe;
  recipe.captions.variants = 12;
  const LockedTexts locked = lock_texts(three_rows(), recipe, angles);
  for (int64_t r = 0; r < 3; ++r) {
    double x = 0, y = 0;
    for (const int64_t text : locked.of_row[static_cast<size_t>(r)]) {
      x += locked.vectors.row(text)[0];
      y += locked.vectors.row(text)[1];
    }
    EXPECT_NEAR(locked.means.row(r)[0], x / std::hypot(x, y), 1e-6);
    EXPECT_NEAR(locked.means.row(r)[1], y / std::hypot(x, y), 1e-6);
  }
}

}  // namespace
}  // namespace sightline
