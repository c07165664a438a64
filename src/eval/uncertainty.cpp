#include "eval/uncertainty.h"

#include <sightline/error.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "base/parallel.h"
#include "eval/difference.h"
#include "eval/failures/groups.h"
#include "eval/intervals.h"
#include "eval/query_sums.h"

namespace sightline {
namespace {

// The metrics that are compared between models: accuracy, recall at rank 1, and two that depend on
// the whole ranking.
constexpr Metric kCompared[] = {Metric::accuracy, Metric::recall_at_1, Metric::mean_reciprocal_rank,
                                Metric::ndcg_at_10};

// The views whose accuracy_at_k has intervals.
constexpr View kCurves[] = {View::text_to_image, View::image_to_text};

struct Clusters {
  std::vector<int64_t> of_row;  // cluster index of each row; -1: not included
  int64_t count = 0;
};

// Makes a cluster of each row with a caption. split: only rows of this split; null: all rows.
Clusters find_clusters(const ExperimentResult& result, const std::string* split) {
  std::set<int64_t> rows_with_caption(result.text_row.begin(), result.text_row.end());
  Clusters clusters;
  clusters.of_row.assign(result.rows.size(), -1);
  for (const int64_t row : rows_with_caption) {
    const auto n = static_cast<size_t>(row);
    if (split == nullptr || result.rows[n].split == *split) clusters.of_row[n] = clusters.count++;
  }
  return clusters;
}

// All metrics of all models and views, resampled with the same draws.
struct Resampled {
  std::vector<RatioStatistic> ratios;  // order: model, view, mean metric
  std::vector<RankStatistic> ranks;    // order: model, view
  ResampledStatistics values;

  static size_t ranks_at(size_t model, int view) {
    return model * kViewCount + static_cast<size_t>(view);
  }
  static size_t mean_at(size_t model, int view, size_t metric) {
    return ranks_at(model, view) * kMeanMetrics.size() + metric;
  }
};

// `curves`: also resamples accuracy_at_k.
Resampled resample(const ExperimentResult& result, const Clusters& clusters, bool curves,
                   const ProgressFn& progress, const std::string& stage) {
  Resampled out;
  for (const ModelResult& model : result.models) {
    for (int v = 0; v < kViewCount; ++v) {
      ClusterSums sums =
          cluster_sums(result, model, static_cast<View>(v), clusters.of_row, clusters.count);
      std::ranges::move(sums.means, std::back_inserter(out.ratios));
      if (curves && std::ranges::find(kCurves, static_cast<View>(v)) != std::end(kCurves))
        sums.ranks.cuts = static_cast<int64_t>(
            metrics_of(model.metrics, static_cast<View>(v)).accuracy_at_k.size());
      out.ranks.push_back(std::move(sums.ranks));
    }
  }
  if (result.statistics.resamples == 0) return out;
  out.values = bootstrap(clusters.count, out.ratios, out.ranks, result.statistics.resamples,
                         result.statistics.seed, progress, stage);
  return out;
}

double mean_value(const DirectionMetrics& d, Metric metric) {
  const double value = metric_value(d, metric);
  return metric == Metric::weighted_score ? value / static_cast<double>(d.queries) : value;
}

Interval scaled(Interval interval, double factor) {
  return {interval.low * factor, interval.high * factor};
}

void fill_intervals(DirectionMetrics& d, Resampled& resampled, size_t model, int view,
                    double confidence) {
  d.intervals.assign(kMetricCount, {});
  const auto queries = static_cast<double>(d.queries);
  for (size_t m = 0; m < kMeanMetrics.size(); ++m) {
    const size_t at = Resampled::mean_at(model, view, m);
    std::vector<double> values =
        resampled.values.ratios[at];  // copied: compare_models needs the original order
    Interval interval = bca_interval(mean_value(d, kMeanMetrics[m]), values,
                                     jackknife(resampled.ratios[at]), confidence);
    if (kMeanMetrics[m] == Metric::accuracy) {
      d.intervals[static_cast<size_t>(Metric::score)] = scaled(interval, queries);
    }
    if (kMeanMetrics[m] == Metric::weighted_score) interval = scaled(interval, queries);
    d.intervals[static_cast<size_t>(kMeanMetrics[m])] = interval;
  }
  d.intervals[static_cast<size_t>(Metric::median_rank)] =
      percentile_interval(resampled.values.medians[Resampled::ranks_at(model, view)], confidence);
}

// The hits up to rank k per cluster.
RatioStatistic hits_up_to(double k, const RankStatistic& ranks, const std::vector<double>& weight) {
  RatioStatistic hits{std::vector<double>(weight.size()), weight};
  for (const auto& item : ranks.items) {
    if (item.value <= k) hits.sum[static_cast<size_t>(item.cluster)] += 1;
  }
  return hits;
}

// As the intervals of accuracy in fill_intervals. Reorders the resampled shares.
void fill_curve(DirectionMetrics& d, Resampled& resampled, size_t model, View view,
                double confidence) {
  const size_t at = Resampled::ranks_at(model, static_cast<int>(view));
  const std::vector<double>& weight =
      resampled.ratios[Resampled::mean_at(model, static_cast<int>(view), 0)].weight;
  std::vector<std::vector<double>>& shares = resampled.values.shares[at];
  d.accuracy_at_k_intervals.assign(shares.size(), {});
  parallel_for(static_cast<int64_t>(shares.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto n = static_cast<size_t>(i);
      const RatioStatistic hits =
          hits_up_to(static_cast<double>(i + 1), resampled.ranks[at], weight);
      d.accuracy_at_k_intervals[n] =
          bca_interval(d.accuracy_at_k[n], shares[n], jackknife(hits), confidence);
    }
  });
}

MetricComparison compare(const ExperimentResult& result, const Resampled& resampled, View view,
                         size_t metric, size_t a, size_t b) {
  MetricComparison out;
  out.view = view;
  out.metric = kMeanMetrics[metric];
  out.a = static_cast<int>(a);
  out.b = static_cast<int>(b);
  out.difference = mean_value(metrics_of(result.models[a].metrics, view), out.metric) -
                   mean_value(metrics_of(result.models[b].metrics, view), out.metric);
  const size_t at_a = Resampled::mean_at(a, static_cast<int>(view), metric);
  const size_t at_b = Resampled::mean_at(b, static_cast<int>(view), metric);
  const StatisticsOptions& options = result.statistics;
  if (options.resamples > 0) {
    out.interval = interval_of_difference({resampled.ratios[at_a], resampled.values.ratios[at_a]},
                                          {resampled.ratios[at_b], resampled.values.ratios[at_b]},
                                          out.difference, options.confidence);
  }
  std::vector<double> differences = resampled.ratios[at_a].sum;
  for (size_t c = 0; c < differences.size(); ++c) differences[c] -= resampled.ratios[at_b].sum[c];
  const PermutationResult test = sign_flip_test(differences, options.permutations, options.seed);
  out.p = test.p;
  out.exact = test.exact;
  return out;
}

void compare_models(ExperimentResult& result, const Resampled& resampled,
                    const ProgressFn& progress) {
  const auto models = static_cast<int64_t>(result.models.size());
  const int64_t total =
      kViewCount * static_cast<int64_t>(std::size(kCompared)) * models * (models - 1) / 2;
  for (int v = 0; v < kViewCount; ++v) {
    for (const Metric metric : kCompared) {
      const auto at =
          static_cast<size_t>(std::ranges::find(kMeanMetrics, metric) - kMeanMetrics.begin());
      std::vector<MetricComparison> family;
      for (size_t a = 0; a < result.models.size(); ++a) {
        for (size_t b = a + 1; b < result.models.size(); ++b) {
          family.push_back(compare(result, resampled, static_cast<View>(v), at, a, b));
          if (!progress) continue;
          progress({"comparing models",
                    static_cast<int64_t>(result.comparisons.size() + family.size()), total, ""});
        }
      }
      std::vector<double> p;
      for (const auto& comparison : family) p.push_back(comparison.p);
      const std::vector<double> corrected = holm(p);
      for (size_t i = 0; i < family.size(); ++i) family[i].p_corrected = corrected[i];
      std::ranges::move(family, std::back_inserter(result.comparisons));
    }
  }
}

}  // namespace

void check_statistics(const StatisticsOptions& options) {
  constexpr int kMax = 10'000'000;
  if (options.resamples < 0 || options.resamples > kMax || options.permutations < 0 ||
      options.permutations > kMax) {
    throw Error(ErrorCode::invalid_argument,
                "resamples and permutations must be 0 to 10000000, found ", options.resamples,
                " and ", options.permutations);
  }
  if (!(options.confidence > 0 && options.confidence < 1)) {
    throw Error(ErrorCode::invalid_argument, "the confidence must be above 0 and below 1, found ",
                options.confidence);
  }
}

void add_statistics(ExperimentResult& result, const ProgressFn& progress) {
  check_statistics(result.statistics);
  const StatisticsOptions& options = result.statistics;
  const Clusters all = find_clusters(result, nullptr);
  result.clusters = all.count;
  result.comparisons.clear();
  if (all.count == 0 || result.models.empty()) return;
  add_groups(result, progress);
  Resampled resampled = resample(result, all, true, progress, "bootstrap");
  if (options.permutations > 0) compare_models(result, resampled, progress);
  if (options.resamples == 0) return;
  for (size_t m = 0; m < result.models.size(); ++m) {
    for (int v = 0; v < kViewCount; ++v) {
      fill_intervals(metrics_of(result.models[m].metrics, static_cast<View>(v)), resampled, m, v,
                     options.confidence);
    }
    for (const View view : kCurves)
      fill_curve(metrics_of(result.models[m].metrics, view), resampled, m, view,
                 options.confidence);
  }
  for (const auto& [split, unused] : result.models[0].by_split) {
    const Clusters part = find_clusters(result, &split);
    if (part.count == 0) continue;
    Resampled of_split = resample(result, part, false, progress, "bootstrap, split " + split);
    for (size_t m = 0; m < result.models.size(); ++m) {
      for (int v = 0; v < kViewCount; ++v) {
        fill_intervals(metrics_of(result.models[m].by_split.at(split), static_cast<View>(v)),
                       of_split, m, v, options.confidence);
      }
    }
  }
}

}  // namespace sightline
