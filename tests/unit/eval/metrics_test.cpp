#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/experiment.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "eval/similarity.h"

namespace sightline {
namespace {

Matrix matrix(std::initializer_list<std::initializer_list<float>> rows) {
  Matrix m(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows.begin()->size()));
  float* out = m.values.data();
  for (const auto& row : rows) out = std::copy(row.begin(), row.end(), out);
  return m;
}

// A direct implementation of the definition of rank: one query, the set of relevant candidates.
int64_t naive_rank(const Matrix& queries, int64_t q, const Matrix& candidates,
                   const std::set<int64_t>& relevant) {
  if (relevant.empty()) return 0;
  double best = -std::numeric_limits<double>::infinity();
  bool any = false;
  for (const int64_t c : relevant) {
    const double s = similarity(queries.row(q), candidates.row(c));
    if (std::isnan(s)) continue;
    any = true;
    best = std::max(best, s);
  }
  if (!any) return candidates.rows + 1;
  int64_t rank = 1;
  for (int64_t c = 0; c < candidates.rows; ++c) {
    if (relevant.count(c)) continue;
    const double s = similarity(queries.row(q), candidates.row(c));
    if (std::isnan(s) || s >= best) ++rank;
  }
  return rank;
}

// Average precision and nDCG@10 from a complete ranking. Relevant candidates rank after
// non-relevant ones with equal similarity. A NaN ranks first if it is not relevant and is left out
// if it is.
std::pair<double, double> naive_gains(const Matrix& queries, int64_t q, const Matrix& candidates,
                                      const std::set<int64_t>& relevant) {
  if (relevant.empty()) return {0, 0};
  struct Entry {
    double similarity;
    bool relevant;
  };
  std::vector<Entry> ranking;
  for (int64_t c = 0; c < candidates.rows; ++c) {
    double s = similarity(queries.row(q), candidates.row(c));
    const bool is_relevant = relevant.count(c) > 0;
    if (std::isnan(s) && is_relevant) continue;
    if (std::isnan(s)) s = std::numeric_limits<double>::infinity();
    ranking.push_back({s, is_relevant});
  }
  std::sort(ranking.begin(), ranking.end(), [](const Entry& a, const Entry& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.relevant < b.relevant;
  });
  double precision = 0, gain = 0, best = 0;
  int found = 0;
  for (size_t i = 0; i < ranking.size(); ++i) {
    if (!ranking[i].relevant) continue;
    precision += ++found / static_cast<double>(i + 1);
    if (i < 10) gain += 1 / std::log2(static_cast<double>(i + 2));
  }
  for (size_t i = 0; i < std::min<size_t>(10, relevant.size()); ++i) {
    best += 1 / std::log2(static_cast<double>(i + 2));
  }
  return {precision / static_cast<double>(relevant.size()), gain / best};
}

void expect_gains(const QueryGains& gains, int64_t q, const std::pair<double, double>& naive) {
  EXPECT_NEAR(gains.average_precision[static_cast<size_t>(q)], naive.first, 1e-12);
  EXPECT_NEAR(gains.ndcg_at_10[static_cast<size_t>(q)], naive.second, 1e-12);
}

void expect_naive(const RetrievalSet& set) {
  const RetrievalRanks ranks = rank_pairs(set);
  const auto identity = [&](int64_t t) {
    return set.text_identity.empty() ? t : set.text_identity[static_cast<size_t>(t)];
  };
  for (int64_t t = 0; t < set.texts.rows; ++t) {
    const int64_t own = set.text_image[static_cast<size_t>(t)];
    std::set<int64_t> equal;
    for (int64_t other = 0; other < set.texts.rows; ++other) {
      if (identity(other) == identity(t)) equal.insert(set.text_image[static_cast<size_t>(other)]);
    }
    EXPECT_EQ(ranks.text_rank[static_cast<size_t>(t)], naive_rank(set.texts, t, set.images, {own}));
    EXPECT_EQ(ranks.text_rank_equivalent[static_cast<size_t>(t)],
              naive_rank(set.texts, t, set.images, equal));
    expect_gains(ranks.text_gains, t, naive_gains(set.texts, t, set.images, {own}));
    expect_gains(ranks.text_gains_equivalent, t, naive_gains(set.texts, t, set.images, equal));
  }
  for (int64_t n = 0; n < set.images.rows; ++n) {
    std::set<int64_t> own, equal;
    for (int64_t t = 0; t < set.texts.rows; ++t) {
      if (set.text_image[static_cast<size_t>(t)] != n) continue;
      own.insert(t);
      for (int64_t other = 0; other < set.texts.rows; ++other) {
        if (identity(other) == identity(t)) equal.insert(other);
      }
    }
    EXPECT_EQ(ranks.image_rank[static_cast<size_t>(n)], naive_rank(set.images, n, set.texts, own));
    EXPECT_EQ(ranks.image_rank_equivalent[static_cast<size_t>(n)],
              naive_rank(set.images, n, set.texts, equal));
    expect_gains(ranks.image_gains, n, naive_gains(set.images, n, set.texts, own));
    expect_gains(ranks.image_gains_equivalent, n, naive_gains(set.images, n, set.texts, equal));
  }
}

TEST(Ranks, AgreeWithTheDefinitionOnRandomSets) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    RetrievalSet set;
    const int64_t images = 1 + random() % 300, texts = random() % 300, dim = 1 + random() % 9;
    set.images = Matrix(images, dim);
    set.texts = Matrix(texts, dim);
    // Few distinct values create many ties; some values are NaN.
    const auto value = [&] {
      if (seed % 4 == 3 && random() % 50 == 0) return std::numeric_limits<float>::quiet_NaN();
      return static_cast<float>(static_cast<int>(random() % 5) - 2) * (seed % 2 ? 0.5f : 0.37f);
    };
    for (float& v : set.images.values) v = value();
    for (float& v : set.texts.values) v = value();
    for (int64_t t = 0; t < texts; ++t) {
      set.text_image.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(images)));
      if (seed % 3 == 0) set.text_identity.push_back(static_cast<int64_t>(random() % 20));
    }
    expect_naive(set);
  }
}

TEST(Ranks, TiesCountAgainstTheModel) {
  RetrievalSet set;
  set.images = matrix({{1, 0}, {1, 0}, {1, 0}, {0, 1}});
  set.texts = matrix({{1, 0}});
  set.text_image = {1};
  const RetrievalRanks ranks = rank_pairs(set);
  EXPECT_EQ(ranks.text_rank[0], 3);  // the two tied images rank first
  EXPECT_EQ(ranks.image_rank, (std::vector<int64_t>{0, 1, 0, 0}));
}

TEST(Ranks, EqualVectorsTieAtAnyIndex) {
  // If the sum depended on the position in a block, rounding would break these ties.
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  RetrievalSet set;
  set.images = Matrix(700, 129);
  for (int64_t d = 0; d < 129; ++d) set.images.row(0)[static_cast<size_t>(d)] = normal(random);
  for (int64_t n = 1; n < 700; ++n)
    std::copy_n(set.images.row(0).data(), 129, set.images.row(n).data());
  set.texts = Matrix(1, 129);
  for (float& v : set.texts.values) v = normal(random);
  set.text_image = {350};
  EXPECT_EQ(rank_pairs(set).text_rank[0], 700);
}

TEST(Ranks, NanIsNeverAHit) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  RetrievalSet set;
  set.images = matrix({{nan, 0}, {1, 0}});
  set.texts = matrix({{1, 0}, {1, 0}});
  set.text_image = {0, 1};
  const RetrievalRanks ranks = rank_pairs(set);
  EXPECT_EQ(ranks.text_rank, (std::vector<int64_t>{3, 2}));
  const RetrievalMetrics m = summarize(set, ranks, 10);  // K beyond the candidates
  EXPECT_EQ(m.text_to_image.score, 1);
  EXPECT_EQ(m.text_to_image.recall_at_10, 0.5);
  EXPECT_EQ(m.own_pairs.count, 1);
}

TEST(Ranks, SeveralCaptionsOfOneImage) {
  RetrievalSet set;
  set.images = matrix({{1, 0}, {0, 1}});
  set.texts = matrix({{0, 1}, {0.9f, 0.1f}, {0.2f, 0.8f}});
  set.text_image = {0, 0, 1};
  const RetrievalRanks ranks = rank_pairs(set);
  EXPECT_EQ(ranks.text_rank, (std::vector<int64_t>{2, 1, 1}));
  // Image 0 ranks its second caption first; image 1 ranks caption (0, 1) of image 0 before its own.
  EXPECT_EQ(ranks.image_rank, (std::vector<int64_t>{1, 2}));
}

TEST(Ranks, EqualCaptionsAreRelevantToEachOther) {
  RetrievalSet set;
  set.images = matrix({{1, 0}, {0.9f, 0}, {0.5f, 0}});
  set.texts = matrix({{1, 0}, {1, 0}, {1, 0}});
  set.text_image = {0, 1, 2};
  set.text_identity = {4, 4, 5};
  const RetrievalRanks ranks = rank_pairs(set);
  EXPECT_EQ(ranks.text_rank, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(ranks.text_rank_equivalent, (std::vector<int64_t>{1, 1, 3}));
}

TEST(Ranks, RejectsInconsistentSets) {
  RetrievalSet set;
  set.images = matrix({{1, 0}});
  set.texts = matrix({{1, 0}});
  EXPECT_THROW(rank_pairs(set), Error);  // no image indices
  set.text_image = {1};
  EXPECT_THROW(rank_pairs(set), Error);  // image index out of range
  set.text_image = {0};
  set.texts = matrix({{1, 0, 0}});
  EXPECT_THROW(rank_pairs(set), Error);  // dimensions differ
}

TEST(Summary, MetricsOfKnownRanks) {
  const std::vector<int64_t> ranks = {1, 2, 5, 6, 0, 11, 1};
  const DirectionMetrics m = summarize_ranks(ranks, 20, 5);
  EXPECT_EQ(m.queries, 6);
  EXPECT_EQ(m.score, 4);
  EXPECT_DOUBLE_EQ(m.accuracy, 4.0 / 6);
  EXPECT_EQ(m.weighted_score, 5 + 4 + 1 + 5);
  EXPECT_EQ(m.weighted_score_max, 30);
  EXPECT_DOUBLE_EQ(m.recall_at_1, 2.0 / 6);
  EXPECT_DOUBLE_EQ(m.recall_at_5, 4.0 / 6);
  EXPECT_DOUBLE_EQ(m.recall_at_10, 5.0 / 6);
  EXPECT_DOUBLE_EQ(m.mean_reciprocal_rank, (1 + 0.5 + 0.2 + 1.0 / 6 + 1.0 / 11 + 1) / 6);
  EXPECT_DOUBLE_EQ(m.median_rank, 3.5);
  EXPECT_DOUBLE_EQ(m.mean_rank, 26.0 / 6);
}

TEST(Summary, GainsWithOneRelevantCandidate) {
  const DirectionMetrics m = summarize_ranks(std::vector<int64_t>{1, 3, 11}, 20, 5);
  EXPECT_NEAR(m.ndcg_at_10, (1 + 1 / std::log2(4.0) + 0) / 3, 1e-15);
  EXPECT_NEAR(m.mean_average_precision, (1 + 1.0 / 3 + 1.0 / 11) / 3, 1e-15);
}

TEST(Gains, SeveralRelevantCandidates) {
  // Similarities with image 0 are 1, 0.8 and 0.6; its own captions are at positions 1 and 3.
  RetrievalSet set;
  set.images = matrix({{1, 0}, {0, 1}});
  set.texts = matrix({{1, 0}, {0.8f, 0}, {0.6f, 0}});
  set.text_image = {0, 1, 0};
  const RetrievalRanks ranks = rank_pairs(set);
  EXPECT_NEAR(ranks.image_gains.average_precision[0], (1.0 + 2.0 / 3) / 2, 1e-15);
  EXPECT_NEAR(ranks.image_gains.ndcg_at_10[0], (1 + 0.5) / (1 + 1 / std::log2(3.0)), 1e-15);
}

TEST(Summary, HistogramOfRanks) {
  const DirectionMetrics m =
      summarize_ranks(std::vector<int64_t>{1, 1, 4, 10, 20, 0, 22, 23}, 22, 5);
  std::vector<std::vector<int64_t>> bins;
  for (const RankBin& bin : m.rank_histogram) bins.push_back({bin.first, bin.last, bin.count});
  EXPECT_EQ(bins, (std::vector<std::vector<int64_t>>{
                      {1, 1, 2}, {2, 2, 0}, {3, 5, 1}, {6, 10, 1}, {11, 20, 1}, {21, 22, 1}}));
  EXPECT_EQ(m.unranked, 1);  // rank 23 of 22: NaN
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(summarize_ranks(std::vector<int64_t>{1}, kLargest, 5).rank_histogram.back().last,
            kLargest);
}

TEST(Summary, OneImageAndKBeyondIt) {
  RetrievalSet set;
  set.images = matrix({{1, 0}});
  set.texts = matrix({{0, 1}});
  set.text_image = {0};
  const RetrievalMetrics m = summarize(set, rank_pairs(set), 5);
  EXPECT_EQ(m.text_to_image.score, 1);
  EXPECT_EQ(m.text_to_image.weighted_score, 5);
  EXPECT_EQ(m.image_to_text.accuracy, 1);
  EXPECT_EQ(m.text_to_image.median_rank, 1);
}

TEST(Summary, LargestKDoesNotOverflow) {
  constexpr int kLargest = std::numeric_limits<int>::max();
  const DirectionMetrics m = summarize_ranks(std::vector<int64_t>{1, 2}, 2, kLargest);
  EXPECT_EQ(m.weighted_score, 2 * int64_t{kLargest} - 1);
  EXPECT_EQ(m.weighted_score_max, 2 * int64_t{kLargest});
}

TEST(Summary, NoQueriesYieldZeros) {
  const DirectionMetrics m = summarize_ranks({}, 0, 5);
  EXPECT_EQ(m.queries, 0);
  EXPECT_EQ(m.accuracy, 0);
  EXPECT_EQ(m.mean_rank, 0);
  EXPECT_THROW(summarize_ranks({}, 0, 0), Error);
}

}  // namespace
}  // namespace sightline
