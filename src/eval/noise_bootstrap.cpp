#include "eval/noise_bootstrap.h"

#include <algorithm>
#include <unordered_map>

#include "base/parallel.h"
#include "base/random.h"

namespace sightline {
namespace {

constexpr size_t kFigures = 4;  // accuracy, R@1, R@5, MRR
constexpr size_t kResamples = 1000;
constexpr double kTail = 0.025;  // on each side of a 95 % interval
constexpr uint64_t kPurpose = 0x6e6f69736520ull;

// Sums over the captions of each picture: their number, then kFigures numbers a condition.
struct Clusters {
  size_t width = 0;
  int64_t count = 0;
  std::vector<double> sums;  // (count, width)

  std::span<const double> row(size_t i) const { return {sums.data() + i * width, width}; }
};

void add_rank(std::span<double> sums, int64_t rank, int64_t candidates, int top_k) {
  if (rank > candidates) return;
  sums[0] += rank <= top_k;
  sums[1] += rank <= 1;
  sums[2] += rank <= 5;
  sums[3] += 1.0 / static_cast<double>(rank);
}

Clusters gather(std::span<const std::vector<int64_t>> ranks, std::span<const int64_t> owner,
                int64_t candidates, int top_k) {
  Clusters out;
  out.width = 1 + kFigures * ranks.size();
  std::unordered_map<int64_t, size_t> number;
  for (size_t q = 0; q < owner.size(); ++q) {
    const auto [at, fresh] = number.try_emplace(owner[q], number.size());
    if (fresh) out.sums.resize(out.sums.size() + out.width);
    const std::span<double> row(out.sums.data() + at->second * out.width, out.width);
    row[0] += 1;
    for (size_t c = 0; c < ranks.size(); ++c) {
      add_rank(row.subspan(1 + kFigures * c, kFigures), ranks[c][q], candidates, top_k);
    }
  }
  out.count = static_cast<int64_t>(number.size());
  return out;
}

// Sums to means.
std::vector<double> means(std::vector<double> sums) {
  for (size_t i = 1; i < sums.size(); ++i) sums[i] = sums[0] > 0 ? sums[i] / sums[0] : 0;
  return sums;
}

std::vector<double> means_of_all(const Clusters& clusters) {
  std::vector<double> sums(clusters.width);
  for (size_t i = 0; i < static_cast<size_t>(clusters.count); ++i) {
    for (size_t w = 0; w < clusters.width; ++w) sums[w] += clusters.row(i)[w];
  }
  return means(std::move(sums));
}

// One draw of pictures serves all conditions: losses are differences within a draw.
std::vector<std::vector<double>> resample(const Clusters& clusters) {
  std::vector<std::vector<double>> draws(kResamples);
  parallel_for(static_cast<int64_t>(kResamples), 16, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      Random random({kPurpose, static_cast<uint64_t>(b)});
      std::vector<double> sums(clusters.width);
      for (int64_t i = 0; i < clusters.count; ++i) {
        const auto row = clusters.row(random.below(static_cast<uint64_t>(clusters.count)));
        for (size_t w = 0; w < clusters.width; ++w) sums[w] += row[w];
      }
      draws[static_cast<size_t>(b)] = means(std::move(sums));
    }
  });
  return draws;
}

double lost(double value, double clean) { return clean > 0 ? 1 - value / clean : 0; }

// Linear between order statistics.
double percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// `at`: of the figure among the means; `clean_at`: of the same figure with the clean captions.
NoiseFigure figure(const std::vector<double>& all, const std::vector<std::vector<double>>& draws,
                   size_t at, size_t clean_at) {
  NoiseFigure out;
  out.value = all[at];
  out.lost = lost(all[at], all[clean_at]);
  std::vector<double> values, losses;
  for (const auto& draw : draws) {
    values.push_back(draw[at]);
    losses.push_back(lost(draw[at], draw[clean_at]));
  }
  std::ranges::sort(values);
  std::ranges::sort(losses);
  out.low = percentile(values, kTail);
  out.high = percentile(values, 1 - kTail);
  out.lost_low = percentile(losses, kTail);
  out.lost_high = percentile(losses, 1 - kTail);
  return out;
}

}  // namespace

std::vector<NoisePoint> noise_points(std::span<const std::vector<int64_t>> ranks,
                                     std::span<const int64_t> owner, int64_t candidates, int top_k,
                                     int64_t& pictures) {
  const Clusters clusters = gather(ranks, owner, candidates, top_k);
  pictures = clusters.count;
  std::vector<NoisePoint> points(ranks.size());
  if (clusters.count == 0) return points;
  const std::vector<double> all = means_of_all(clusters);
  const auto draws = resample(clusters);
  for (size_t c = 0; c < points.size(); ++c) {
    const auto make = [&](size_t f) { return figure(all, draws, 1 + kFigures * c + f, 1 + f); };
    points[c].accuracy = make(0);
    points[c].recall_at_1 = make(1);
    points[c].recall_at_5 = make(2);
    points[c].mean_reciprocal_rank = make(3);
  }
  return points;
}

}  // namespace sightline
