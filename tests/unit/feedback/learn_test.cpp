// Corrections are learned from consistent judgements only.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "feedback/fit.h"
#include "feedback/learn_map.h"
#include "feedback/ridge.h"

namespace sightline::feedback {
namespace {

constexpr int64_t kDim = 24;

void scale_to_unit(std::span<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(squares));
}

Matrix random_units(int64_t rows, uint64_t seed) {
  Random random({seed});
  Matrix out(rows, kDim);
  for (float& value : out.values) value = static_cast<float>(random.normal());
  for (int64_t i = 0; i < rows; ++i) scale_to_unit(out.row(i));
  return out;
}

enum class Judge { honest, random, contrary, first };

// A collection in which images relevant to a text are near a fixed transformation of it, which the
// model does not know: elements are permuted by one place with weight `shift`.
struct World {
  Matrix texts, images, background;
  VectorIndex index;
  std::vector<int64_t> query_of_image;

  explicit World(int64_t queries, float shift = 0.6f)
      : texts(random_units(queries, 1)),
        images(make_images(texts, shift)),
        background(random_units(120, 3)),
        index(VectorIndex::view(images)) {}

  static constexpr int64_t kEach = 4;
  static Matrix make_images(const Matrix& texts, float shift) {
    Random random({2});
    Matrix out(texts.rows * kEach, kDim);
    for (int64_t i = 0; i < out.rows; ++i) {
      const auto text = texts.row(i / kEach);
      const auto image = out.row(i);
      for (int64_t d = 0; d < kDim; ++d) {
        image[static_cast<size_t>(d)] = text[static_cast<size_t>(d)] +
                                        shift * text[static_cast<size_t>((d + 1) % kDim)] * 2 +
                                        static_cast<float>(0.15 * random.normal());
      }
      scale_to_unit(image);
    }
    return out;
  }

  JudgedQueries judged(Judge judge, uint64_t seed = 9) const {
    Random random({seed});
    JudgedQueries out;
    out.images = images;
    std::vector<int64_t> kept;
    const auto hits = index.search(texts, {.k = 12});
    for (int64_t q = 0; q < texts.rows; ++q) {
      std::vector<int64_t> kinds[2];
      for (size_t rank = 0; rank < hits[static_cast<size_t>(q)].size(); ++rank) {
        const int64_t row = hits[static_cast<size_t>(q)][rank].index;
        bool relevant = row / kEach == q;
        if (judge == Judge::random) relevant = random.below(2) == 1;
        if (judge == Judge::contrary) relevant = !relevant;
        if (judge == Judge::first) relevant = rank == 0;
        kinds[relevant ? 1 : 0].push_back(row);
        ++out.judgements;
      }
      if (kinds[0].empty() || kinds[1].empty()) continue;
      kept.push_back(q);
      out.irrelevant.push_back(kinds[0]);
      out.relevant.push_back(kinds[1]);
    }
    out.texts = Matrix(static_cast<int64_t>(kept.size()), kDim);
    for (size_t i = 0; i < kept.size(); ++i)
      std::ranges::copy(texts.row(kept[i]), out.texts.row(static_cast<int64_t>(i)).begin());
    out.groups = group_texts(out.texts);
    return out;
  }

  LearnedMap learn(const JudgedQueries& queries) const {
    LearningOptions options;
    options.statistics.resamples = 500;
    options.min_overlap = 0;  // this world's texts have no images of their own
    return learn_map(queries, background, index, options);
  }
};

TEST(Learn, AcceptsAConsistentShiftAndImprovesHeldOutQueries) {
  const World world(150);
  const LearnedMap learned = world.learn(world.judged(Judge::honest));
  EXPECT_TRUE(learned.figures.accepted) << learned.figures.reason;
  EXPECT_GT(learned.figures.difference, 0.02);
  EXPECT_LE(learned.figures.p, 0.01);
  ASSERT_TRUE(learned.figures.interval);
  EXPECT_GT(learned.figures.interval->low, 0);
  EXPECT_EQ(map_problem(learned.map), "");
  EXPECT_LE(learned.map.inputs.rows, kDim);  // more queries than dimensions
}

TEST(Learn, RefusesRandomContraryAndFirstJudgements) {
  const World world(150);
  int accepted = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed)
    accepted += world.learn(world.judged(Judge::random, seed)).figures.accepted;
  EXPECT_EQ(accepted, 0);
  const LearnedMap contrary = world.learn(world.judged(Judge::contrary));
  EXPECT_FALSE(contrary.figures.accepted);
  EXPECT_NE(contrary.figures.reason.find("contradict the model"), std::string::npos)
      << contrary.figures.reason;
  EXPECT_TRUE(contrary.map.inputs.values.empty());
  const LearnedMap first = world.learn(world.judged(Judge::first));
  EXPECT_FALSE(first.figures.accepted);
  EXPECT_NE(first.figures.reason.find("did not improve"), std::string::npos)
      << first.figures.reason;
}

TEST(Learn, RefusesJudgementsOfOneQuery) {
  const World world(60);
  JudgedQueries queries = world.judged(Judge::honest);
  for (int64_t i = 1; i < queries.texts.rows; ++i)  // the same text, again and again
    std::ranges::copy(queries.texts.row(0), queries.texts.row(i).begin());
  queries.groups = group_texts(queries.texts);
  const CorrectionFigures figures = world.learn(queries).figures;
  EXPECT_EQ(figures.groups, 1);
  EXPECT_FALSE(figures.accepted);
  EXPECT_NE(figures.reason.find("1 query, at least 10"), std::string::npos) << figures.reason;
}

TEST(Learn, RefusesACorrectionThatMovesOtherTexts) {
  const World world(150);
  LearningOptions options;
  options.statistics.resamples = 0;
  options.min_overlap = 1;
  const CorrectionFigures figures =
      learn_map(world.judged(Judge::honest), world.background, world.index, options).figures;
  EXPECT_LT(figures.overlap, 1);
  EXPECT_FALSE(figures.accepted);
  EXPECT_NE(figures.reason.find("texts that were not judged"), std::string::npos);
}

TEST(Learn, GroupsNearlyEqualTexts) {
  Matrix texts = random_units(4, 5);
  std::ranges::copy(texts.row(0), texts.row(3).begin());
  texts.row(3)[0] += 0.05f;
  scale_to_unit(texts.row(3));
  const std::vector<int64_t> expected = {0, 1, 2, 0};
  EXPECT_EQ(group_texts(texts), expected);
}

TEST(Ridge, PredictionsWithoutAGroupEqualThoseOfARefit) {
  constexpr int64_t kRows = 9, kOutputs = 3;
  constexpr double kRidge = 0.7;
  Random random({4});
  Table x(kRows, 5), y(kRows, kOutputs);
  for (double& value : x.values) value = random.normal();
  for (double& value : y.values) value = random.normal();
  const std::vector<int64_t> groups = {0, 0, 1, 2, 2, 2, 3, 4, 5};
  const Table fast = RidgeInverse(gram(x), kRidge).predict_without_group(y, groups);
  for (int64_t held = 0; held < kRows; ++held) {
    std::vector<int64_t> kept;
    for (int64_t i = 0; i < kRows; ++i) {
      if (groups[static_cast<size_t>(i)] != groups[static_cast<size_t>(held)]) kept.push_back(i);
    }
    const auto count = static_cast<int64_t>(kept.size());
    Table kx(count, 5), ky(count, kOutputs);
    for (int64_t i = 0; i < count; ++i) {
      std::copy_n(x.row(kept[static_cast<size_t>(i)]), 5, kx.row(i));
      std::copy_n(y.row(kept[static_cast<size_t>(i)]), kOutputs, ky.row(i));
    }
    const Table coefficients = RidgeInverse(gram(kx), kRidge).times(ky);
    for (int64_t c = 0; c < kOutputs; ++c) {
      double expected = 0;
      for (int64_t i = 0; i < count; ++i)
        expected +=
            std::inner_product(kx.row(i), kx.row(i) + 5, x.row(held), 0.0) * coefficients.row(i)[c];
      EXPECT_NEAR(fast.row(held)[c], expected, 1e-10);
    }
  }
}

TEST(CorrectionMap, OfLowRankIsTheSame) {
  CorrectionMap map;
  map.centre = std::vector<float>(kDim, 0.01f);
  map.inputs = random_units(40, 6);
  map.outputs = random_units(40, 7);
  const CorrectionMap low = with_low_rank(map);
  EXPECT_EQ(low.inputs.rows, kDim);
  const Matrix texts = random_units(1, 8);
  const auto expected = map.corrected(texts.row(0)), found = low.corrected(texts.row(0));
  for (size_t d = 0; d < expected.size(); ++d) EXPECT_NEAR(found[d], expected[d], 1e-4);
}

TEST(CorrectionMap, LeavesATextThatWouldVanish) {
  CorrectionMap map;
  map.centre = {0, 0};
  map.inputs = map.outputs = Matrix(1, 2);
  map.inputs.values = {1, 0};
  map.outputs.values = {-1, 0};
  std::vector<float> text = {1, 0};
  map.apply(text);
  EXPECT_EQ(text, (std::vector<float>{1, 0}));
}

}  // namespace
}  // namespace sightline::feedback
