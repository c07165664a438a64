#include "train/masking.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sightline {
namespace {

constexpr Masking kMasking = {.share = 0.15, .mask_id = 4, .first_word = 5, .vocab_size = 1005};

// Start 2, end 3, `words` words between them.
std::vector<int32_t> text_of(int words) {
  std::vector<int32_t> ids = {2};
  for (int i = 0; i < words; ++i) ids.push_back(500 + i);
  ids.push_back(3);
  return ids;
}

TEST(Masking, RestoringTheTargetsGivesTheTextBack) {
  const auto ids = text_of(40);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random{seed};
    MaskedText text = mask_tokens(ids, kMasking, random);
    ASSERT_EQ(text.positions.size(), 6u);  // 0.15 * 40
    ASSERT_TRUE(std::is_sorted(text.positions.begin(), text.positions.end()));
    ASSERT_EQ(std::adjacent_find(text.positions.begin(), text.positions.end()),
              text.positions.end());
    ASSERT_GE(text.positions.front(), 1);  // never the start, never the end
    ASSERT_LE(text.positions.back(), 40);
    for (size_t i = 0; i < text.positions.size(); ++i) {
      text.ids[static_cast<size_t>(text.positions[i])] = text.targets[i];
    }
    ASSERT_EQ(text.ids, ids);
  }
}

TEST(Masking, EightyTenTen) {
  const auto ids = text_of(40);
  int masked = 0, kept = 0, other = 0;
  for (uint64_t seed = 0; seed < 5000; ++seed) {
    Random random{seed};
    const MaskedText text = mask_tokens(ids, kMasking, random);
    for (size_t i = 0; i < text.positions.size(); ++i) {
      const int32_t id = text.ids[static_cast<size_t>(text.positions[i])];
      if (id == kMasking.mask_id) {
        ++masked;
      } else if (id == text.targets[i]) {
        ++kept;
      } else {
        ASSERT_GE(id, kMasking.first_word);
        ASSERT_LT(id, kMasking.vocab_size);
        ++other;
      }
    }
  }
  ASSERT_EQ(masked + kept + other, 30'000);
  EXPECT_NEAR(masked, 24'000, 280);  // 4 standard deviations
  EXPECT_NEAR(kept, 3'000, 210);
  EXPECT_NEAR(other, 3'000, 210);
}

TEST(Masking, EveryWordIsPickedAboutEquallyOften) {
  const auto ids = text_of(4);
  std::vector<int> counts(6);
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    Random random{seed};
    const MaskedText text = mask_tokens(ids, kMasking, random);
    ASSERT_EQ(text.positions.size(), 1u);  // at least one, though 0.15 * 4 is less
    ++counts[static_cast<size_t>(text.positions[0])];
  }
  for (size_t i = 1; i <= 4; ++i) EXPECT_NEAR(counts[i], 1000, 110) << i;
}

TEST(Masking, NothingToHide) {
  Random random{1};
  const MaskedText text = mask_tokens(text_of(0), kMasking, random);
  EXPECT_EQ(text.ids, text_of(0));
  EXPECT_TRUE(text.positions.empty());
}

}  // namespace
}  // namespace sightline
