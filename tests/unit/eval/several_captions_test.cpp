// Metrics with five captions per image, compared with values computed by hand from the definitions
// in docs/formats/datasets.md.
#include <gtest/gtest.h>
#include <sightline/experiment.h>

namespace sightline {
namespace {

// Three images, each a unit vector along one axis, so element i of a caption's vector is its
// similarity with image i. (Ranks do not require unit vectors.)
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
      0.2f, 0.2f, 0.1f,  //   2: a tie counts against the model
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

// Image 0: best own similarity 0.9; of the other images only (0.9, 0.1, 0.3) reaches it: rank 2.
// Image 1: best own similarity 0.5; 0.6 of image 0, 0.7 and 0.6 of image 2 reach it: rank 4.
// Image 2: best own similarity 0.4; 0.5, 0.7 of image 0 and 0.9 of image 1 reach it: rank 4.
TEST(SeveralCaptions, TheBestOwnCaptionIsRankedAndOtherOwnCaptionsAreIgnored) {
  const auto set = three_images();
  const auto ranks = rank_pairs(set);
  EXPECT_EQ(ranks.image_rank, (std::vector<int64_t>{2, 4, 4}));
  const auto figures = summarize(set, ranks, 2).image_to_text;
  EXPECT_EQ(figures.queries, 3);
  EXPECT_EQ(figures.candidates, 15);
  EXPECT_DOUBLE_EQ(figures.recall_at_1, 0);
  // Each query is a hit or a miss. Recall as a share of the own captions would be below 1.
  EXPECT_DOUBLE_EQ(figures.recall_at_5, 1);
  EXPECT_DOUBLE_EQ(figures.accuracy, 1.0 / 3);
}

TEST(SeveralCaptions, HitsAreDefinedAsInClipBenchmark) {
  // CLIP_benchmark: at least one of the k nearest captions of an image is its own.
  const auto set = three_images();
  const auto ranks = rank_pairs(set);
  const auto nearest = VectorIndex::view(set.texts).search(set.images, {.k = 4});
  for (size_t image = 0; image < 3; ++image) {
    for (size_t k = 1; k <= 4; ++k) {
      bool own = false;
      for (size_t i = 0; i < k; ++i) {
        own = own || set.text_image[static_cast<size_t>(nearest[image][i].index)] ==
                         static_cast<int64_t>(image);
      }
      // The only tie that matters: image 0 at k = 1, where the tie counts against the model.
      if (image == 0 && k == 1) continue;
      EXPECT_EQ(own, ranks.image_rank[image] <= static_cast<int64_t>(k)) << image << " " << k;
    }
  }
}

}  // namespace
}  // namespace sightline
