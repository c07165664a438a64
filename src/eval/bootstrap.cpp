#include "eval/bootstrap.h"

#include <sightline/error.h>

#include <algorithm>
#include <limits>
#include <string>

#include "base/parallel.h"
#include "base/random.h"

namespace sightline {
namespace {

constexpr uint64_t kPurpose =
    0x626f6f747374726bu;  // "bootstrk": separates this random stream from others

void check_sizes(int64_t clusters, std::span<const RatioStatistic> ratios,
                 std::span<const MedianStatistic> medians, int resamples) {
  bool fits = clusters >= 1 && clusters <= std::numeric_limits<int32_t>::max() && resamples >= 0;
  for (const RatioStatistic& ratio : ratios) {
    fits = fits && ratio.sum.size() == static_cast<size_t>(clusters) &&
           ratio.weight.size() == ratio.sum.size();
  }
  for (const MedianStatistic& median : medians) {
    for (const auto& item : median.items)
      fits = fits && item.cluster >= 0 && item.cluster < clusters;
  }
  if (!fits) {
    throw Error(ErrorCode::invalid_argument, "cannot resample ", clusters, " clusters ", resamples,
                " times: expected one value per cluster in each statistic");
  }
}

// All sums and the distinct weights in one row-major table with a row per cluster, so that one pass
// over the drawn clusters accumulates every statistic.
struct Table {
  size_t columns = 0;
  std::vector<double> values;         // clusters * columns
  std::vector<size_t> weight_column;  // column of each ratio's weight

  Table(size_t clusters, std::span<const RatioStatistic> ratios) {
    std::vector<const std::vector<double>*> column;
    for (const RatioStatistic& ratio : ratios) column.push_back(&ratio.sum);
    for (const RatioStatistic& ratio : ratios) {
      size_t at = ratios.size();
      while (at < column.size() && *column[at] != ratio.weight) ++at;
      if (at == column.size()) column.push_back(&ratio.weight);
      weight_column.push_back(at);
    }
    columns = column.size();
    values.resize(clusters * columns);
    for (size_t c = 0; c < clusters; ++c) {
      for (size_t k = 0; k < columns; ++k) values[c * columns + k] = (*column[k])[c];
    }
  }
};

std::vector<MedianStatistic::Item> sorted_items(const MedianStatistic& median) {
  auto items = median.items;
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
    return a.value != b.value ? a.value < b.value : a.cluster < b.cluster;
  });
  return items;
}

// The median of the items, each counted as often as its cluster was drawn.
double weighted_median(const std::vector<MedianStatistic::Item>& sorted,
                       const std::vector<int32_t>& drawn) {
  int64_t total = 0;
  for (const auto& item : sorted) total += drawn[static_cast<size_t>(item.cluster)];
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  const int64_t low = (total - 1) / 2,
                high = total / 2;  // zero-based positions of the middle items
  int64_t seen = 0;
  double first = 0;
  bool have_first = false;
  for (const auto& item : sorted) {
    seen += drawn[static_cast<size_t>(item.cluster)];
    if (!have_first && seen > low) {
      first = item.value;
      have_first = true;
    }
    if (seen > high) return (first + item.value) / 2;
  }
  return first;
}

}  // namespace

ResampledStatistics bootstrap(int64_t clusters, std::span<const RatioStatistic> ratios,
                              std::span<const MedianStatistic> medians, int resamples,
                              uint64_t seed) {
  check_sizes(clusters, ratios, medians, resamples);
  const auto count = static_cast<size_t>(clusters);
  const Table table(count, ratios);
  std::vector<std::vector<MedianStatistic::Item>> sorted;
  for (const MedianStatistic& median : medians) sorted.push_back(sorted_items(median));
  ResampledStatistics out;
  out.ratios.assign(ratios.size(), std::vector<double>(static_cast<size_t>(resamples)));
  out.medians.assign(medians.size(), std::vector<double>(static_cast<size_t>(resamples)));
  parallel_for(resamples, 16, [&](int64_t begin, int64_t end) {
    std::vector<int32_t> drawn(count);
    std::vector<double> sum(table.columns);
    for (int64_t r = begin; r < end; ++r) {
      Random random({seed, kPurpose, static_cast<uint64_t>(r)});
      std::fill(drawn.begin(), drawn.end(), 0);
      for (size_t i = 0; i < count; ++i) ++drawn[random.below(count)];
      std::fill(sum.begin(), sum.end(), 0.0);
      for (size_t c = 0; c < count; ++c) {
        if (drawn[c] == 0) continue;
        const double times = drawn[c];
        const double* row = table.values.data() + c * table.columns;
        for (size_t k = 0; k < table.columns; ++k) sum[k] += times * row[k];
      }
      const auto at = static_cast<size_t>(r);
      for (size_t f = 0; f < ratios.size(); ++f) {
        out.ratios[f][at] = sum[f] / sum[table.weight_column[f]];
      }
      for (size_t f = 0; f < sorted.size(); ++f) {
        out.medians[f][at] = weighted_median(sorted[f], drawn);
      }
    }
  });
  return out;
}

std::vector<double> jackknife(const RatioStatistic& ratio) {
  double sum = 0, weight = 0;
  for (const double value : ratio.sum) sum += value;
  for (const double value : ratio.weight) weight += value;
  std::vector<double> out(ratio.sum.size());
  for (size_t c = 0; c < out.size(); ++c) {
    out[c] = (sum - ratio.sum[c]) / (weight - ratio.weight[c]);
  }
  return out;
}

}  // namespace sightline
