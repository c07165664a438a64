#include "eval/noise_metrics.h"

#include <numeric>
#include <unordered_map>

#include "eval/bootstrap.h"
#include "eval/intervals.h"

namespace sightline {
namespace {

constexpr size_t kMetrics = 4;  // accuracy, R@1, R@5, MRR

// Adds the contribution of one query to each metric.
void add_rank(std::span<RatioStatistic> ratios, size_t cluster, int64_t rank, int64_t candidates,
              int top_k) {
  if (rank > candidates) return;
  ratios[0].sum[cluster] += rank <= top_k;
  ratios[1].sum[cluster] += rank <= 1;
  ratios[2].sum[cluster] += rank <= 5;
  ratios[3].sum[cluster] += 1.0 / static_cast<double>(rank);
}

// kMetrics ratios per condition; one cluster per image that owns a query.
std::vector<RatioStatistic> make_ratios(std::span<const std::vector<int64_t>> ranks,
                                        std::span<const int64_t> owner, int64_t candidates,
                                        int top_k) {
  std::unordered_map<int64_t, size_t> cluster_of_image;
  std::vector<size_t> cluster;
  std::vector<double> weight;
  for (const int64_t image : owner) {
    const auto [at, inserted] = cluster_of_image.try_emplace(image, cluster_of_image.size());
    if (inserted) weight.push_back(0);
    weight[at->second] += 1;
    cluster.push_back(at->second);
  }
  std::vector<RatioStatistic> ratios(kMetrics * ranks.size(),
                                     {std::vector<double>(weight.size()), weight});
  for (size_t c = 0; c < ranks.size(); ++c) {
    for (size_t q = 0; q < owner.size(); ++q) {
      add_rank(std::span(ratios).subspan(kMetrics * c, kMetrics), cluster[q], ranks[c][q],
               candidates, top_k);
    }
  }
  return ratios;
}

double mean(const RatioStatistic& ratio) {
  return std::accumulate(ratio.sum.begin(), ratio.sum.end(), 0.0) /
         std::accumulate(ratio.weight.begin(), ratio.weight.end(), 0.0);
}

double lost(double value, double clean) {
  return clean > 0 ? 1 - value / clean : 0;
}

// `draws`, `clean_draws`: the noisy and the clean metric in the same resamples; both empty if
// nothing was resampled.
NoiseMetric make_metric(const RatioStatistic& ratio, const RatioStatistic& clean,
                        const std::vector<double>& draws, const std::vector<double>& clean_draws,
                        double confidence) {
  NoiseMetric out;
  out.value = mean(ratio);
  out.lost = lost(out.value, mean(clean));
  if (draws.empty()) return out;
  std::vector<double> values = draws, losses(draws.size());
  for (size_t i = 0; i < draws.size(); ++i) losses[i] = lost(draws[i], clean_draws[i]);
  out.interval = bca_interval(out.value, values, jackknife(ratio), confidence);
  out.lost_interval = percentile_interval(losses, confidence);
  return out;
}

}  // namespace

std::vector<NoisePoint> noise_points(std::span<const std::vector<int64_t>> ranks,
                                     std::span<const int64_t> owner, int64_t candidates, int top_k,
                                     const StatisticsOptions& statistics, int64_t& images,
                                     const ProgressFn& progress, const std::string& stage) {
  const std::vector<RatioStatistic> ratios = make_ratios(ranks, owner, candidates, top_k);
  images = ratios.empty() ? 0 : static_cast<int64_t>(ratios[0].sum.size());
  std::vector<NoisePoint> points(ranks.size());
  if (images == 0) return points;
  std::vector<std::vector<double>> draws(ratios.size());
  if (statistics.resamples > 0) {
    draws = bootstrap(images, ratios, {}, statistics.resamples, statistics.seed, progress, stage)
                .ratios;
  }
  for (size_t c = 0; c < points.size(); ++c) {
    const auto make = [&](size_t f) {
      const size_t at = kMetrics * c + f;
      return make_metric(ratios[at], ratios[f], draws[at], draws[f], statistics.confidence);
    };
    points[c].accuracy = make(0);
    points[c].recall_at_1 = make(1);
    points[c].recall_at_5 = make(2);
    points[c].mean_reciprocal_rank = make(3);
  }
  return points;
}

}  // namespace sightline
