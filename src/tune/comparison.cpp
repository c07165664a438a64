#include "tune/comparison.h"

#include <sightline/error.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "eval/bootstrap.h"
#include "eval/intervals.h"

namespace sightline {
namespace {

RatioStatistic ratio_of(const ClusterGains& scores) {
  return {scores.gains, scores.queries};
}

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// The interval of a ratio, of which `drawn` are the values on resamples.
ValueWithInterval with_interval(const RatioStatistic& ratio, std::vector<double> drawn,
                                double confidence) {
  ValueWithInterval out{sum_of(ratio.sum) / sum_of(ratio.weight), std::nullopt};
  if (drawn.empty()) return out;
  out.interval = bca_interval(out.value, drawn, jackknife(ratio), confidence);
  return out;
}

}  // namespace

double mean_gain(const ClusterGains& scores) {
  return sum_of(scores.gains) / sum_of(scores.queries);
}

void compare_on_report(const ClusterGains& defaults, const ClusterGains& winner, bool same,
                       const StatisticsOptions& statistics, TuningResult& result) {
  const size_t clusters = defaults.gains.size();
  if (winner.queries != defaults.queries || clusters == 0) {
    throw Error(ErrorCode::invalid_argument, "the default was evaluated on ", clusters,
                " clusters of the report data and the winner on ", winner.gains.size(),
                " others; expected the same");
  }
  std::vector<RatioStatistic> ratios = {ratio_of(defaults), ratio_of(winner), ratio_of(winner)};
  for (size_t c = 0; c < clusters; ++c) ratios[2].sum[c] -= defaults.gains[c];
  ResampledStatistics drawn =
      bootstrap(static_cast<int64_t>(clusters), ratios, {}, statistics.resamples, statistics.seed);
  const double confidence = statistics.confidence;
  result.report_default = with_interval(ratios[0], std::move(drawn.ratios[0]), confidence);
  result.report_winner = with_interval(ratios[1], std::move(drawn.ratios[1]), confidence);
  result.report_clusters = static_cast<int64_t>(clusters);
  result.report_queries = static_cast<int64_t>(sum_of(defaults.queries));
  if (same) return;
  result.report_gain = with_interval(ratios[2], std::move(drawn.ratios[2]), confidence);
  result.report_p = sign_flip_test(ratios[2].sum, statistics.permutations, statistics.seed).p;
}

double corrected_for_choice(std::span<const ClusterGains> trials, std::span<const double> penalties,
                            int resamples, uint64_t seed) {
  const size_t clusters = trials.front().gains.size();
  std::vector<int> drawn(clusters);
  double sum = 0;
  int counted = 0;
  for (int b = 0; b < resamples; ++b) {
    constexpr uint64_t kUse = 0x626263;
    Random random({seed, kUse, static_cast<uint64_t>(b)});
    std::ranges::fill(drawn, 0);
    for (size_t c = 0; c < clusters; ++c) ++drawn[random.below(clusters)];
    double best = 0, out_of_sample = 0;
    bool found = false;
    for (size_t t = 0; t < trials.size(); ++t) {
      double in_gain = 0, in_queries = 0, out_gain = 0, out_queries = 0;
      for (size_t c = 0; c < clusters; ++c) {
        in_gain += drawn[c] * trials[t].gains[c];
        in_queries += drawn[c] * trials[t].queries[c];
        if (drawn[c] > 0) continue;
        out_gain += trials[t].gains[c];
        out_queries += trials[t].queries[c];
      }
      if (out_queries == 0) break;  // all clusters were drawn
      const double score = in_gain / in_queries - penalties[t];
      if (found && score <= best) continue;
      found = true;
      best = score;
      out_of_sample = out_gain / out_queries;
    }
    if (!found) continue;
    sum += out_of_sample;
    ++counted;
  }
  return counted > 0 ? sum / counted : mean_gain(trials.front());
}

}  // namespace sightline
