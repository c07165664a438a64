// p-values, q-values and verdicts from vectors.
#include <gtest/gtest.h>
#include <sightline/significance.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/random.h"
#include "expect_error.h"

namespace sightline {
namespace {

using test::expect_error;

constexpr int64_t kDim = 16, kTexts = 400, kImages = 2000;

void normalize(std::span<float> row) {
  double sum = 0;
  for (const float x : row) sum += x * x;
  for (float& x : row) x = static_cast<float>(x / std::sqrt(sum));
}

Matrix random_vectors(Random& random, int64_t rows) {
  Matrix out(rows, kDim);
  for (float& x : out.values) x = static_cast<float>(random.normal());
  for (int64_t i = 0; i < rows; ++i) normalize(out.row(i));
  return out;
}

// Images, of which some are near queries: those with a cosine of about `cosine`.
struct World {
  Matrix background, images, queries;
  std::vector<std::set<int64_t>> about;  // for each query
};

World make_world(uint64_t seed, int64_t queries, int matches, double cosine) {
  Random random{seed};
  World world{random_vectors(random, kTexts),
              random_vectors(random, kImages),
              random_vectors(random, queries),
              {}};
  const auto draw = [&](std::span<const float> near) {
    const auto i = static_cast<int64_t>(random.below(kImages));
    auto image = world.images.row(i);
    const double other = std::sqrt(1 - cosine * cosine);
    for (size_t d = 0; d < image.size(); ++d) {
      image[d] = static_cast<float>(cosine * near[d] + other * image[d]);
    }
    normalize(image);
    return i;
  };
  for (int64_t t = 0; t < kTexts / 4; ++t) draw(world.background.row(t));
  world.about.resize(static_cast<size_t>(queries));
  for (int64_t q = 0; q < queries; ++q) {
    for (int m = 0; m < matches; ++m) {
      world.about[static_cast<size_t>(q)].insert(draw(world.queries.row(q)));
    }
  }
  return world;
}

struct Ranking {
  std::vector<int64_t> rows;
  std::vector<double> similarities;
};

Ranking rank(const World& world, int64_t query, size_t k) {
  std::vector<std::pair<double, int64_t>> all;
  for (int64_t i = 0; i < world.images.rows; ++i) {
    double sum = 0;
    for (int64_t d = 0; d < kDim; ++d) {
      sum += static_cast<double>(world.images.row(i)[static_cast<size_t>(d)]) *
             world.queries.row(query)[static_cast<size_t>(d)];
    }
    all.emplace_back(-sum, i);
  }
  std::ranges::sort(all);
  Ranking out;
  for (size_t i = 0; i < std::min(k, all.size()); ++i) {
    out.similarities.push_back(-all[i].first);
    out.rows.push_back(all[i].second);
  }
  return out;
}

TEST(NullModel, ControlsTheFalseDiscoveryRate) {
  const World world = make_world(1, 200, 4, 0.97);
  const NullModel null = NullModel::estimate(world.background, world.images);
  for (const double level : {0.05, 0.2}) {
    double false_share = 0, found = 0;
    for (int64_t q = 0; q < 200; ++q) {
      const Ranking ranking = rank(world, q, 50);
      const auto answer =
          null.assess(world.queries.row(q), ranking.similarities, kImages, {.fdr = level});
      int64_t good = 0;
      for (int64_t i = 0; i < answer.matches; ++i) {
        good += world.about[static_cast<size_t>(q)].contains(ranking.rows[static_cast<size_t>(i)])
                    ? 1
                    : 0;
      }
      if (answer.matches > 0) {
        false_share +=
            static_cast<double>(answer.matches - good) / static_cast<double>(answer.matches) / 200;
      }
      found += static_cast<double>(good) / 800;
    }
    EXPECT_LT(false_share, level + 3 * std::sqrt(level / 200)) << level;
    EXPECT_GT(found, 0.8) << level;
  }
}

TEST(NullModel, AnswersNoMatchToAbsentThings) {
  const World world = make_world(2, 300, 0, 0.97);
  const NullModel null = NullModel::estimate(world.background, world.images);
  int match = 0, none = 0;
  for (int64_t q = 0; q < 300; ++q) {
    const auto answer = null.assess(world.queries.row(q), rank(world, q, 20).similarities, kImages);
    match += answer.verdict == Verdict::match ? 1 : 0;
    none += answer.verdict == Verdict::no_match ? 1 : 0;
    EXPECT_EQ(answer.verdict == Verdict::match, answer.matches > 0);
  }
  EXPECT_LE(match, 30);  // 15 expected
  EXPECT_GE(none, 110);  // about half have p > 0.5
}

TEST(NullModel, QValuesDoNotDecreaseAndBoundTheRest) {
  const World world = make_world(3, 20, 6, 0.95);
  const NullModel null = NullModel::estimate(world.background, world.images);
  for (int64_t q = 0; q < 20; ++q) {
    const Ranking all = rank(world, q, kImages), some = rank(world, q, 30);
    const auto answer = null.assess(world.queries.row(q), all.similarities, kImages);
    const auto part = null.assess(world.queries.row(q), some.similarities, kImages);
    ASSERT_EQ(answer.hits.size(), static_cast<size_t>(kImages));
    EXPECT_EQ(answer.hits.back().q, 1);
    for (size_t i = 0; i < answer.hits.size(); ++i) {
      const HitSignificance better = answer.hits[i == 0 ? 0 : i - 1];
      EXPECT_GE(answer.hits[i].q, better.q);
      EXPECT_GE(answer.hits[i].p, better.p);
      EXPECT_GE(answer.hits[i].q, answer.p);
      EXPECT_LE(answer.hits[i].q, 1);
    }
    EXPECT_EQ(part.p, answer.p);
    for (size_t i = 0; i < part.hits.size(); ++i) {
      EXPECT_EQ(part.hits[i].p, answer.hits[i].p);
      EXPECT_GE(part.hits[i].q, answer.hits[i].q);  // more hits can only lower them
    }
  }
}

TEST(NullModel, MomentsAreThoseOfTheSample) {
  const World world = make_world(4, 5, 3, 0.95);
  const NullModel null = NullModel::estimate(world.background, world.images);
  for (int64_t q = 0; q < 5; ++q) {
    const Ranking all = rank(world, q, kImages);
    double mean = 0, squares = 0;
    for (const double s : all.similarities) mean += s / kImages;
    for (const double s : all.similarities) squares += (s - mean) * (s - mean) / kImages;
    const SimilarityMoments moments = null.moments(world.queries.row(q));
    EXPECT_NEAR(moments.mean, mean, 1e-6);
    EXPECT_NEAR(moments.spread, std::sqrt(squares), 1e-6);
    const auto a = null.assess(world.queries.row(q), all.similarities, kImages);
    const auto b = null.assess(moments, all.similarities, kImages);
    EXPECT_EQ(a.hits[0].q, b.hits[0].q);
  }
}

TEST(NullModel, SmallAndUniformCollectionsAreUnknown) {
  const World world = make_world(5, 1, 0, 0.95);
  const auto verdict = [&](const Matrix& images) {
    const NullModel null = NullModel::estimate(world.background, images);
    EXPECT_FALSE(null.usable());
    const std::vector<double> hits(1, 0.9);
    const auto answer = null.assess(world.queries.row(0), hits, std::max<int64_t>(images.rows, 1));
    EXPECT_EQ(answer.hits.size(), 1u);
    EXPECT_EQ(answer.hits[0].q, 1);
    EXPECT_EQ(answer.matches, 0);
    return answer.verdict;
  };
  Matrix one(1, kDim);
  std::ranges::copy(world.images.row(0), one.row(0).begin());
  EXPECT_EQ(verdict(one), Verdict::unknown);
  EXPECT_EQ(verdict(Matrix(0, kDim)), Verdict::unknown);
  Matrix equal(300, kDim);
  for (int64_t i = 0; i < 300; ++i) std::ranges::copy(one.row(0), equal.row(i).begin());
  EXPECT_EQ(verdict(equal), Verdict::unknown);
  // A query that is equally similar to all images.
  const NullModel null = NullModel::estimate(world.background, world.images);
  const std::vector<double> hits(10, 0.0);
  EXPECT_EQ(null.assess(std::vector<float>(kDim), hits, kImages).verdict, Verdict::unknown);
  // Nothing passed a filter.
  EXPECT_EQ(null.assess(world.queries.row(0), {}, 0).verdict, Verdict::no_match);
}

TEST(NullModel, RefusesWhatIsNotANumberOrDoesNotFit) {
  World world = make_world(6, 1, 0, 0.95);
  const NullModel null = NullModel::estimate(world.background, world.images);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto query = world.queries.row(0);
  const auto refused = [&](const std::string& part, const std::vector<double>& hits, int64_t rows,
                           SignificanceOptions options = {}) {
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { null.assess(query, hits, rows, options); });
  };
  refused("similarity 1 is NaN", {0.5, nan}, kImages);
  refused("larger than the one before", {0.5, 0.6}, kImages);
  refused("3 hits among 2 images", {0.5, 0.5, 0.5}, 2);
  refused("fdr", {0.5}, kImages, {.fdr = 0});
  refused("fdr", {0.5}, kImages, {.fdr = 0.6});
  refused("weak", {0.5}, kImages, {.weak = nan});
  expect_error(ErrorCode::invalid_argument, "3 elements",
               [&] { null.moments(std::vector<float>(3)); });
  expect_error(ErrorCode::invalid_argument, "NaN", [&] {
    null.moments(std::vector<float>(kDim, std::numeric_limits<float>::infinity()));
  });
  expect_error(ErrorCode::invalid_argument, "spread", [&] {
    null.assess(SimilarityMoments{0, nan}, std::vector<double>{0.1}, kImages);
  });
  world.images.row(7)[3] = std::numeric_limits<float>::quiet_NaN();
  expect_error(ErrorCode::invalid_argument, "row 7 has NaN",
               [&] { NullModel::estimate(world.background, world.images); });
  expect_error(ErrorCode::invalid_argument, "at least 100 background texts, found 99",
               [&] { NullModel::estimate(Matrix(99, kDim), Matrix(60, kDim)); });
  expect_error(ErrorCode::invalid_argument, "the sample of 3",
               [&] { NullModel::estimate(world.background, Matrix(60, 3)); });
}

TEST(NullModel, BytesRoundTripAndDamageIsNoticed) {
  const World world = make_world(7, 3, 2, 0.95);
  const NullModel null = NullModel::estimate(world.background, world.images);
  const std::string bytes = null.serialize();
  const NullModel again = NullModel::parse(bytes);
  EXPECT_EQ(again.serialize(), bytes);
  EXPECT_EQ(again.texts(), null.texts());
  for (int64_t q = 0; q < 3; ++q) {
    const auto hits = rank(world, q, 20).similarities;
    const auto a = null.assess(world.queries.row(q), hits, kImages);
    const auto b = again.assess(world.queries.row(q), hits, kImages);
    for (size_t i = 0; i < hits.size(); ++i) EXPECT_EQ(a.hits[i].q, b.hits[i].q);
  }
  const NullModel small = NullModel::estimate(world.background, Matrix(1, kDim));
  EXPECT_FALSE(NullModel::parse(small.serialize()).usable());
  const auto damaged = [](std::string text) {
    expect_error(ErrorCode::invalid_data, "the null model is damaged",
                 [&] { NullModel::parse(text); });
  };
  damaged("");
  damaged(bytes.substr(0, 60));
  damaged(bytes.substr(0, bytes.size() - 1));
  Random random{1};
  for (int i = 0; i < 50; ++i) {
    std::string flipped = bytes;
    flipped[random.below(flipped.size())] ^= static_cast<char>(1 << random.below(8));
    damaged(flipped);
  }
}

// Vectors and expected values of the reference implementation: tools/golden/significance.py.
TEST(NullModel, EqualsTheReference) {
  const auto golden = nlohmann::json::parse(read_text_file(
      std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests" / "golden" / "significance.json"));
  const auto matrix = [&](const char* name) {
    const auto rows = golden.at(name).get<std::vector<std::vector<float>>>();
    Matrix out(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows.at(0).size()));
    for (size_t i = 0; i < rows.size(); ++i) {
      std::ranges::copy(rows[i], out.row(static_cast<int64_t>(i)).begin());
    }
    return out;
  };
  const NullModel null = NullModel::estimate(matrix("background"), matrix("sample"));
  for (const auto& c : golden.at("queries")) {
    const auto hits = c.at("similarities").get<std::vector<double>>();
    const auto answer =
        null.assess(c.at("query").get<std::vector<float>>(), hits, c.at("rows").get<int64_t>());
    EXPECT_NEAR(answer.p, c.at("p").get<double>(), 1e-4);
    const auto q = c.at("q").get<std::vector<double>>();
    for (size_t i = 0; i < q.size(); ++i) {
      EXPECT_NEAR(answer.hits[i].q, q[i], 0.002 + 0.01 * q[i]) << i;
    }
  }
}

TEST(BackgroundTexts, AreManyAndDistinct) {
  const auto& texts = background_texts();
  EXPECT_GE(texts.size(), 500u);
  EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), texts.size());
  for (const std::string& text : texts) {
    EXPECT_FALSE(text.empty());
    EXPECT_NE(text.front(), ' ');
    EXPECT_NE(text.back(), ' ');
  }
}

TEST(Verdict, Names) {
  EXPECT_EQ(verdict_name(Verdict::match), "match");
  EXPECT_EQ(verdict_name(Verdict::weak), "weak");
  EXPECT_EQ(verdict_name(Verdict::no_match), "no match");
  EXPECT_EQ(verdict_name(Verdict::unknown), "unknown");
}

}  // namespace
}  // namespace sightline
