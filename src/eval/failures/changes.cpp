#include "eval/failures/changes.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "eval/difference.h"
#include "eval/intervals.h"

namespace sightline {
namespace {

// The metrics that are means over queries, in this order.
constexpr ChangedMetric ChangedRetrieval::*kMeans[] = {
    &ChangedRetrieval::recall_at_1, &ChangedRetrieval::recall_at_5, &ChangedRetrieval::recall_at_10,
    &ChangedRetrieval::mean_reciprocal_rank};
constexpr size_t kMeanCount = std::size(kMeans);

double gain(size_t mean, int64_t rank, int64_t candidates) {
  constexpr int64_t kCuts[] = {1, 5, 10};
  if (rank > candidates) return 0;
  if (mean < std::size(kCuts)) return rank <= kCuts[mean] ? 1 : 0;
  return 1.0 / static_cast<double>(rank);
}

double mean_of(const RatioStatistic& ratio) {
  double sum = 0, weight = 0;
  for (const double value : ratio.sum) sum += value;
  for (const double value : ratio.weight) weight += value;
  return weight > 0 ? sum / weight : 0;
}

double median_of(std::vector<int64_t> ranks) {
  if (ranks.empty()) return 0;
  std::ranges::sort(ranks);
  return (static_cast<double>(ranks[(ranks.size() - 1) / 2]) +
          static_cast<double>(ranks[ranks.size() / 2])) /
         2;
}

// A mean and its change relative to `first`; `draws` are empty if nothing was resampled.
ChangedMetric changed_mean(const RatioStatistic& ratio, const RatioStatistic& first,
                           const std::vector<double>& draws, const std::vector<double>& first_draws,
                           double confidence) {
  ChangedMetric out;
  out.value = mean_of(ratio);
  out.change = out.value - mean_of(first);
  if (draws.empty()) return out;
  std::vector<double> values = draws;
  out.interval = bca_interval(out.value, values, jackknife(ratio), confidence);
  if (&ratio != &first)
    out.change_interval =
        interval_of_difference({ratio, draws}, {first, first_draws}, out.change, confidence);
  return out;
}

ChangedMetric changed_median(double value, double first, const std::vector<double>& draws,
                             const std::vector<double>& first_draws, double confidence) {
  ChangedMetric out;
  out.value = value;
  out.change = value - first;
  if (draws.empty()) return out;
  std::vector<double> values = draws, changes = draws;
  for (size_t i = 0; i < draws.size(); ++i) changes[i] -= first_draws[i];
  out.interval = percentile_interval(values, confidence);
  if (&draws != &first_draws) out.change_interval = percentile_interval(changes, confidence);
  return out;
}

}  // namespace

int64_t renumber(std::span<const int64_t> values, std::vector<int64_t>& numbers) {
  std::unordered_map<int64_t, int64_t> number;
  numbers.clear();
  for (const int64_t value : values)
    numbers.push_back(number.try_emplace(value, static_cast<int64_t>(number.size())).first->second);
  return static_cast<int64_t>(number.size());
}

std::vector<ChangedRetrieval> changed_retrieval(std::span<const std::vector<int64_t>> ranks,
                                                std::span<const int64_t> owner, int64_t candidates,
                                                const StatisticsOptions& statistics,
                                                const ProgressFn& progress,
                                                const std::string& stage) {
  std::vector<int64_t> cluster;
  const int64_t clusters = renumber(owner, cluster);
  std::vector<ChangedRetrieval> out(ranks.size());
  if (clusters == 0) return out;
  std::vector<double> weight(static_cast<size_t>(clusters));
  for (const int64_t c : cluster) weight[static_cast<size_t>(c)] += 1;
  std::vector<RatioStatistic> ratios;  // condition by condition, in the order of kMeans
  std::vector<RankStatistic> medians;
  for (const std::vector<int64_t>& of_condition : ranks) {
    medians.emplace_back();
    for (size_t m = 0; m < kMeanCount; ++m) {
      RatioStatistic ratio{std::vector<double>(weight.size()), weight};
      for (size_t q = 0; q < of_condition.size(); ++q)
        ratio.sum[static_cast<size_t>(cluster[q])] += gain(m, of_condition[q], candidates);
      ratios.push_back(std::move(ratio));
    }
    for (size_t q = 0; q < of_condition.size(); ++q)
      medians.back().items.push_back({static_cast<double>(of_condition[q]), cluster[q]});
  }
  ResampledStatistics drawn{std::vector<std::vector<double>>(ratios.size()),
                            std::vector<std::vector<double>>(medians.size()),
                            {}};
  if (statistics.resamples > 0)
    drawn = bootstrap(clusters, ratios, medians, statistics.resamples, statistics.seed, progress,
                      stage);
  for (size_t c = 0; c < ranks.size(); ++c) {
    for (size_t m = 0; m < kMeanCount; ++m) {
      const size_t at = c * kMeanCount + m;
      out[c].*kMeans[m] = changed_mean(ratios[at], ratios[m], drawn.ratios[at], drawn.ratios[m],
                                       statistics.confidence);
    }
    out[c].median_rank = changed_median(median_of(ranks[c]), median_of(ranks[0]), drawn.medians[c],
                                        drawn.medians[0], statistics.confidence);
  }
  return out;
}

std::vector<ChangedMetric> changed_means(std::span<const std::vector<double>> values,
                                         const StatisticsOptions& statistics) {
  std::vector<ChangedMetric> out(values.size());
  if (values.empty() || values[0].empty()) return out;
  std::vector<RatioStatistic> ratios;
  for (const std::vector<double>& of_condition : values)
    ratios.push_back({of_condition, std::vector<double>(of_condition.size(), 1)});
  std::vector<std::vector<double>> draws(ratios.size());
  if (statistics.resamples > 0) {
    draws = bootstrap(static_cast<int64_t>(values[0].size()), ratios, {}, statistics.resamples,
                      statistics.seed)
                .ratios;
  }
  for (size_t c = 0; c < out.size(); ++c)
    out[c] = changed_mean(ratios[c], ratios[0], draws[c], draws[0], statistics.confidence);
  return out;
}

}  // namespace sightline
