#include "eval/bootstrap.h"

#include <sightline/error.h>

#include <algorithm>
#include <limits>
#include <string>

#include "base/parallel.h"
#include "base/random.h"

namespace sightline {
namespace {

constexpr uint64_t kPurpose = 0x626f6f747374726bu;  // "bootstrk": no other draws share the stream

void check_figures(int64_t clusters, std::span<const RatioFigure> ratios,
                   std::span<const MedianFigure> medians, int resamples) {
  bool fits = clusters >= 1 && clusters <= std::numeric_limits<int32_t>::max() && resamples >= 0;
  for (const RatioFigure& f : ratios) {
    fits = fits && f.sum.size() == static_cast<size_t>(clusters) && f.weight.size() == f.sum.size();
  }
  for (const MedianFigure& f : medians) {
    for (const auto& item : f.items) fits = fits && item.cluster >= 0 && item.cluster < clusters;
  }
  if (!fits) {
    throw Error(ErrorCode::invalid_argument, "cannot resample ", clusters, " clusters ", resamples,
                " times: expected figures with a number for each");
  }
}

// All sums and the distinct weights side by side, a row a cluster: one pass over the drawn clusters
// adds up every figure.
struct Table {
  size_t columns = 0;
  std::vector<double> values;         // clusters * columns
  std::vector<size_t> weight_column;  // of each ratio

  Table(size_t clusters, std::span<const RatioFigure> ratios) {
    std::vector<const std::vector<double>*> column;
    for (const RatioFigure& f : ratios) column.push_back(&f.sum);
    for (const RatioFigure& f : ratios) {
      size_t at = ratios.size();
      while (at < column.size() && *column[at] != f.weight) ++at;
      if (at == column.size()) column.push_back(&f.weight);
      weight_column.push_back(at);
    }
    columns = column.size();
    values.resize(clusters * columns);
    for (size_t c = 0; c < clusters; ++c) {
      for (size_t k = 0; k < columns; ++k) values[c * columns + k] = (*column[k])[c];
    }
  }
};

std::vector<MedianFigure::Item> sorted_items(const MedianFigure& figure) {
  auto items = figure.items;
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
    return a.value != b.value ? a.value < b.value : a.cluster < b.cluster;
  });
  return items;
}

// The median where each item counts as often as its cluster was drawn.
double weighted_median(const std::vector<MedianFigure::Item>& sorted,
                       const std::vector<int32_t>& drawn) {
  int64_t total = 0;
  for (const auto& item : sorted) total += drawn[static_cast<size_t>(item.cluster)];
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  const int64_t low = (total - 1) / 2, high = total / 2;  // places from 0
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

ResampledFigures bootstrap(int64_t clusters, std::span<const RatioFigure> ratios,
                           std::span<const MedianFigure> medians, int resamples, uint64_t seed) {
  check_figures(clusters, ratios, medians, resamples);
  const auto count = static_cast<size_t>(clusters);
  const Table table(count, ratios);
  std::vector<std::vector<MedianFigure::Item>> sorted;
  for (const MedianFigure& figure : medians) sorted.push_back(sorted_items(figure));
  ResampledFigures out;
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

std::vector<double> jackknife(const RatioFigure& figure) {
  double sum = 0, weight = 0;
  for (const double value : figure.sum) sum += value;
  for (const double value : figure.weight) weight += value;
  std::vector<double> out(figure.sum.size());
  for (size_t c = 0; c < out.size(); ++c) {
    out[c] = (sum - figure.sum[c]) / (weight - figure.weight[c]);
  }
  return out;
}

}  // namespace sightline
