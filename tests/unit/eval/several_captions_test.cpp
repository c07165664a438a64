// Five captions an image, with figures worked out by hand: what docs/formats/datasets.md says that
// the figures mean.
#include <gtest/gtest.h>
#include <sightline/experiment.h>

namespace sightline {
namespace {

// Three images, the axes of space. A caption's component along each axis is its similarity with
// that image; its own one stands in its row. (Vectors need not have unit length for ranks.)
RetrievalSet three_images() {
  RetrievalSet set;
  set.images.rows = 3;
  set.images.dim = 3;
  set.images.values = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  set.texts.dim = 3;
  set.texts.values = {
      // of image 0:        rank of image 0
      0.9f, 0.1f, 0.2f,  //   1
      0.5f, 0.6f, 0.1f,  //   2
      0.3f, 0.4f, 0.5f,  //   3
      0.8f, 0.1f, 0.7f,  //   1
      0.2f, 0.2f, 0.1f,  //   2: a tie counts against it
      // of image 1:        rank of image 1
      0.1f, 0.5f, 0.2f,  //   1
      0.6f, 0.5f, 0.9f,  //   3
      0.7f, 0.3f, 0.1f,  //   2
      0.1f, 0.4f, 0.3f,  //   1
      0.2f, 0.3f, 0.1f,  //   1
      // of image 2:        rank of image 2
      0.1f, 0.2f, 0.3f,  //   1
      0.9f, 0.1f, 0.3f,  //   2
      0.1f, 0.7f, 0.4f,  //   2
      0.5f, 0.6f, 0.1f,  //   3
      0.1f, 0.1f, 0.2f,  //   1
  };
  set.texts.rows = 15;
  for (int64_t text = 0; text < 15; ++text) set.text_image.push_back(text / 5);
  return set;
}

TEST(SeveralCaptions, EveryCaptionIsAQuery) {
  const auto set = three_images();
  const auto ranks = rank_pairs(set);
  EXPECT_EQ(ranks.text_rank, (std::vector<int64_t>{1, 2, 3, 1, 2, 1, 3, 2, 1, 1, 1, 2, 2, 3, 1}));
  const auto figures = summarize(set, ranks, 2).text_to_image;
  EXPECT_EQ(figures.queries, 15);
  EXPECT_EQ(figures.candidates, 3);
  EXPECT_DOUBLE_EQ(figures.recall_at_1, 7.0 / 15);
  EXPECT_EQ(figures.score, 12);  // ranks 1 and 2
}

// Image 0: its best caption has 0.9; of the others' only (0.9, 0.1, 0.3) is not below: rank 2.
// Image 1: best own 0.5; 0.6 of image 0, 0.7 and 0.6 of image 2 are not below: rank 4.
// Image 2: best own 0.4; 0.5, 0.7 of image 0 and 0.9 of image 1 are not below: rank 4.
TEST(SeveralCaptions, TheBestOwnCaptionIsRankedAndTheOtherOwnOnesAreNotWrong) {
  const auto set = three_images();
  const auto ranks = rank_pairs(set);
  EXPECT_EQ(ranks.image_rank, (std::vector<int64_t>{2, 4, 4}));
  const auto figures = summarize(set, ranks, 2).image_to_text;
  EXPECT_EQ(figures.queries, 3);
  EXPECT_EQ(figures.candidates, 15);
  EXPECT_DOUBLE_EQ(figures.recall_at_1, 0);
  // A hit or a miss: the share of the five that are found would be 1/25 at the most for k = 5.
  EXPECT_DOUBLE_EQ(figures.recall_at_5, 1);
  EXPECT_DOUBLE_EQ(figures.accuracy, 1.0 / 3);
}

TEST(SeveralCaptions, AHitIsAsClipBenchmarkCountsIt) {
  // There: among the k nearest captions of an image at least one is its own.
  const auto set = three_images();
  const auto ranks = rank_pairs(set);
  const auto nearest = top_k(set.images, set.texts, 4);
  for (size_t image = 0; image < 3; ++image) {
    for (size_t k = 1; k <= 4; ++k) {
      bool own = false;
      for (size_t i = 0; i < k; ++i) {
        own = own || set.text_image[static_cast<size_t>(nearest[image][i].index)] ==
                         static_cast<int64_t>(image);
      }
      // No ties decide in this set but one: image 0's best, where the tie counts against it.
      if (image == 0 && k == 1) continue;
      EXPECT_EQ(own, ranks.image_rank[image] <= static_cast<int64_t>(k)) << image << " " << k;
    }
  }
}

}  // namespace
}  // namespace sightline
