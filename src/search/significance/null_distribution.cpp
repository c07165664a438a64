#include "search/significance/null_distribution.h"

#include <sightline/significance.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.h"

namespace sightline {
namespace {

constexpr int64_t kMinRows = 50;         // fewer give no useful mean and spread
constexpr int64_t kMinTexts = 50;        // fewer give no useful tail
constexpr double kMinSpread = 1e-5;      // of cosines; equal vectors differ by rounding
constexpr float kMargin = 1;             // in scores; docs/decisions/0050-no-match.md
constexpr int64_t kScoresPerText = 256;  // the highest scores that are tabulated
constexpr int64_t kExactCounts = 1000;   // counts up to this are tabulated one by one
constexpr double kCountStep = 1.01;      // ratio of larger tabulated counts
constexpr float kLeftOut = -std::numeric_limits<float>::infinity();

// Replaces similarities of a text by scores. Texts without spread are left out.
void standardize(std::span<float> similarities, const SimilarityMoments& moments, double scale) {
  if (moments.spread < kMinSpread) {
    std::ranges::fill(similarities, kLeftOut);
    return;
  }
  const double factor = 1 / std::sqrt(moments.spread * scale);
  for (float& s : similarities) s = static_cast<float>((s - moments.mean) * factor);
}

// Leaves out the score of each image that is about a text. Works on a block of columns.
void leave_out_subjects(std::span<float> scores, int64_t texts, int64_t rows, int64_t begin,
                        int64_t end) {
  const auto width = static_cast<size_t>(end - begin);
  std::vector<float> best(width, kLeftOut), second(width, kLeftOut);
  std::vector<int64_t> subject(width, 0);
  for (int64_t t = 0; t < texts; ++t) {
    const float* row = scores.data() + t * rows + begin;
    for (size_t i = 0; i < width; ++i) {
      if (row[i] > best[i]) {
        second[i] = best[i];
        best[i] = row[i];
        subject[i] = t;
      } else if (row[i] > second[i]) {
        second[i] = row[i];
      }
    }
  }
  for (size_t i = 0; i < width; ++i) {
    if (best[i] - second[i] > kMargin) {
      scores[static_cast<size_t>(subject[i] * rows + begin) + i] = kLeftOut;
    }
  }
}

// Mean exceedance of the `count` largest of ascending values over the smallest of them.
ExponentialTail fit_tail(std::span<const double> ascending, size_t count, double share) {
  const auto top = ascending.last(std::min(count, ascending.size()));
  const double sum = std::accumulate(top.begin(), top.end(), 0.0);
  return {top.front(), share, sum / static_cast<double>(top.size()) - top.front()};
}

// Tabulates the highest scores and fits their tail. `ascending`: all scores, or the highest.
void tabulate(std::span<const double> ascending, NullDistribution& out) {
  const auto n = static_cast<int64_t>(ascending.size());
  for (int64_t count = 1; count <= n;) {
    out.scores.push_back(ascending[static_cast<size_t>(n - count)]);
    out.counts.push_back(static_cast<double>(count));
    if (count == n) break;
    const auto next = static_cast<int64_t>(static_cast<double>(count) * kCountStep);
    count = std::min(n, count < kExactCounts ? count + 1 : std::max(next, count + 1));
  }
  const auto half = static_cast<size_t>(out.texts / 2);
  out.score_tail =
      fit_tail(ascending, half, static_cast<double>(half) / static_cast<double>(out.texts));
}

}  // namespace

SimilarityMoments moments_of(std::span<const float> similarities) {
  const auto n = static_cast<double>(similarities.size());
  const double mean = std::accumulate(similarities.begin(), similarities.end(), 0.0) / n;
  double squares = 0;
  for (const float s : similarities) squares += (s - mean) * (s - mean);
  return {mean, std::sqrt(squares / n)};
}

double ExponentialTail::at(double score, int64_t n) const {
  return mean > 0 ? share * std::exp(-(score - from) / mean) : 1 / (static_cast<double>(n) + 1);
}

double NullDistribution::score(const SimilarityMoments& moments, double similarity) const {
  return (similarity - moments.mean) / std::sqrt(moments.spread * scale);
}

double NullDistribution::expected(double score, int64_t searched) const {
  const double factor = static_cast<double>(searched) / static_cast<double>(rows);
  if (score > score_tail.from) return factor * score_tail.at(score, texts);
  const auto first_below =
      std::partition_point(scores.begin(), scores.end(), [&](double s) { return s >= score; });
  if (first_below == scores.end()) return static_cast<double>(searched);  // beyond the table
  // Between two tabulated counts the true one is below the larger.
  const double count = counts[static_cast<size_t>(first_below - scores.begin())] - 1;
  return factor * count / static_cast<double>(texts);
}

double NullDistribution::best_p(double score, int64_t searched) const {
  const double more =
      1 + static_cast<double>(maxima.end() - std::ranges::lower_bound(maxima, score));
  const double p =
      score > best_tail.from ? best_tail.at(score, texts) : more / (static_cast<double>(texts) + 1);
  const double factor = static_cast<double>(searched) / static_cast<double>(rows);
  return -std::expm1(factor * std::log1p(-std::min(p, 1 - 1e-12)));  // 1 - (1 - p)^factor
}

NullDistribution estimate_null_distribution(std::span<float> similarities, int64_t texts,
                                            int64_t rows) {
  NullDistribution out;
  out.texts = texts;
  out.rows = rows;
  if (rows < kMinRows) return out;
  std::vector<SimilarityMoments> moments(static_cast<size_t>(texts));
  const auto row = [&](int64_t t) {
    return similarities.subspan(static_cast<size_t>(t * rows), static_cast<size_t>(rows));
  };
  parallel_for(texts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) moments[static_cast<size_t>(t)] = moments_of(row(t));
  });
  for (const auto& m : moments) out.scale += m.spread / static_cast<double>(texts);
  if (out.scale < kMinSpread) {
    out.scale = 0;
    return out;
  }
  parallel_for(texts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      standardize(row(t), moments[static_cast<size_t>(t)], out.scale);
    }
  });
  parallel_for(rows, 512, [&](int64_t begin, int64_t end) {
    leave_out_subjects(similarities, texts, rows, begin, end);
  });

  std::vector<double> all;
  for (int64_t t = 0; t < texts; ++t) {
    const double best = *std::ranges::max_element(row(t));
    if (best != kLeftOut) out.maxima.push_back(best);
  }
  // A text that every image is about has no maximum and says nothing, as one without spread.
  const auto kept = static_cast<int64_t>(out.maxima.size());
  out.texts = kept;
  if (kept < kMinTexts) {
    out.scale = 0;
    return out;
  }
  for (const float s : similarities) {
    if (s != kLeftOut) all.push_back(s);
  }
  const int64_t wanted = std::min<int64_t>(static_cast<int64_t>(all.size()), kScoresPerText * kept);
  std::nth_element(all.begin(), all.end() - wanted, all.end());
  all.erase(all.begin(), all.end() - wanted);
  std::ranges::sort(all);
  std::ranges::sort(out.maxima);
  const auto tenth = static_cast<size_t>(std::max<int64_t>(kept / 10, 1));
  out.best_tail =
      fit_tail(out.maxima, tenth, static_cast<double>(tenth) / static_cast<double>(kept));
  tabulate(all, out);
  return out;
}

}  // namespace sightline
