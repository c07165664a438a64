#include "eval/chance.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <numeric>

namespace sightline {
namespace {

// Images with these numbers of captions.
ExperimentResult with_captions(const std::vector<int64_t>& counts) {
  ExperimentResult result;
  for (size_t n = 0; n < counts.size(); ++n) {
    result.rows.push_back({});
    for (int64_t c = 0; c < counts[n]; ++c) {
      result.text_row.push_back(static_cast<int64_t>(n));
      result.text_caption.push_back(c);
    }
  }
  return result;
}

// Recall at k over all orders of the captions: an image is found if the first of its own captions
// is among the first k.
double over_all_orders(const ExperimentResult& result, int64_t k) {
  std::vector<size_t> order(result.text_row.size());
  std::iota(order.begin(), order.end(), size_t{0});
  double found = 0, asked = 0;
  do {
    for (int64_t row = 0; row < static_cast<int64_t>(result.rows.size()); ++row) {
      if (std::ranges::find(result.text_row, row) == result.text_row.end()) continue;
      const auto first =
          std::ranges::find_if(order, [&](size_t text) { return result.text_row[text] == row; });
      found += first - order.begin() < k;
      asked += 1;
    }
  } while (std::ranges::next_permutation(order).found);
  return found / asked;
}

TEST(Chance, EqualsTheMeanOverAllRankings) {
  const ExperimentResult result = with_captions({1, 3, 0, 2});
  EXPECT_DOUBLE_EQ(chance_recall(result, View::text_to_image, 1), 0.25);
  EXPECT_DOUBLE_EQ(chance_recall(result, View::text_to_image, 10), 1);
  for (const int64_t k : {1, 2, 4, 6, 10}) {
    EXPECT_NEAR(chance_recall(result, View::image_to_text, k), over_all_orders(result, k), 1e-12)
        << k;
  }
  EXPECT_EQ(chance_recall(with_captions({0}), View::text_to_image, 1), 0);
  EXPECT_THROW(chance_recall(result, View::text_to_image_equivalent, 1), Error);
}

}  // namespace
}  // namespace sightline
