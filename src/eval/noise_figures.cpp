#include "eval/noise_figures.h"

#include <numeric>
#include <unordered_map>

#include "eval/bootstrap.h"

namespace sightline {
namespace {

constexpr size_t kFigures = 4;  // accuracy, R@1, R@5, MRR

// What a rank is worth to each figure.
void add_rank(std::span<RatioFigure> figures, size_t cluster, int64_t rank, int64_t candidates,
              int top_k) {
  if (rank > candidates) return;
  figures[0].sum[cluster] += rank <= top_k;
  figures[1].sum[cluster] += rank <= 1;
  figures[2].sum[cluster] += rank <= 5;
  figures[3].sum[cluster] += 1.0 / static_cast<double>(rank);
}

// kFigures ratios a condition, a number for each image that owns a query.
std::vector<RatioFigure> gather(std::span<const std::vector<int64_t>> ranks,
                                std::span<const int64_t> owner, int64_t candidates, int top_k) {
  std::unordered_map<int64_t, size_t> number;
  std::vector<size_t> cluster;
  std::vector<double> weight;
  for (const int64_t image : owner) {
    const auto [at, fresh] = number.try_emplace(image, number.size());
    if (fresh) weight.push_back(0);
    weight[at->second] += 1;
    cluster.push_back(at->second);
  }
  std::vector<RatioFigure> figures(kFigures * ranks.size(),
                                   {std::vector<double>(weight.size()), weight});
  for (size_t c = 0; c < ranks.size(); ++c) {
    for (size_t q = 0; q < owner.size(); ++q) {
      add_rank(std::span(figures).subspan(kFigures * c, kFigures), cluster[q], ranks[c][q],
               candidates, top_k);
    }
  }
  return figures;
}

double mean(const RatioFigure& figure) {
  return std::accumulate(figure.sum.begin(), figure.sum.end(), 0.0) /
         std::accumulate(figure.weight.begin(), figure.weight.end(), 0.0);
}

double lost(double value, double clean) {
  return clean > 0 ? 1 - value / clean : 0;
}

// `draws`, `clean_draws`: the figure's and the clean one's values in the same resamples; both empty
// where there are none.
NoiseFigure make_figure(const RatioFigure& figure, const RatioFigure& clean,
                        const std::vector<double>& draws, const std::vector<double>& clean_draws,
                        double confidence) {
  NoiseFigure out;
  out.value = mean(figure);
  out.lost = lost(out.value, mean(clean));
  if (draws.empty()) return out;
  std::vector<double> values = draws, losses(draws.size());
  for (size_t i = 0; i < draws.size(); ++i) losses[i] = lost(draws[i], clean_draws[i]);
  out.interval = bca_interval(out.value, values, jackknife(figure), confidence);
  out.lost_interval = percentile_interval(losses, confidence);
  return out;
}

}  // namespace

std::vector<NoisePoint> noise_points(std::span<const std::vector<int64_t>> ranks,
                                     std::span<const int64_t> owner, int64_t candidates, int top_k,
                                     const StatisticsOptions& statistics, int64_t& images) {
  const std::vector<RatioFigure> figures = gather(ranks, owner, candidates, top_k);
  images = figures.empty() ? 0 : static_cast<int64_t>(figures[0].sum.size());
  std::vector<NoisePoint> points(ranks.size());
  if (images == 0) return points;
  std::vector<std::vector<double>> draws(figures.size());
  if (statistics.resamples > 0) {
    draws = bootstrap(images, figures, {}, statistics.resamples, statistics.seed).ratios;
  }
  for (size_t c = 0; c < points.size(); ++c) {
    const auto make = [&](size_t f) {
      const size_t at = kFigures * c + f;
      return make_figure(figures[at], figures[f], draws[at], draws[f], statistics.confidence);
    };
    points[c].accuracy = make(0);
    points[c].recall_at_1 = make(1);
    points[c].recall_at_5 = make(2);
    points[c].mean_reciprocal_rank = make(3);
  }
  return points;
}

}  // namespace sightline
