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
                 std::span<const RankStatistic> ranks, int resamples) {
  bool fits = clusters >= 1 && clusters <= std::numeric_limits<int32_t>::max() && resamples >= 0;
  for (const RatioStatistic& ratio : ratios) {
    fits = fits && ratio.sum.size() == static_cast<size_t>(clusters) &&
           ratio.weight.size() == ratio.sum.size();
  }
  for (const RankStatistic& statistic : ranks) {
    fits = fits && statistic.cuts >= 0;
    for (const auto& item : statistic.items)
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

// A rank statistic, prepared for resampling. A resample's median is near the median of all items:
// the weight before that item is a sum over clusters, and the search continues from there. Of the
// items below the cuts, only the clusters are read.
class ResampledRanks {
 public:
  ResampledRanks(const RankStatistic& statistic, size_t clusters)
      : items_(statistic.items), in_cluster_(clusters), before_pivot_(clusters) {
    std::sort(items_.begin(), items_.end(), [](const auto& a, const auto& b) {
      return a.value != b.value ? a.value < b.value : a.cluster < b.cluster;
    });
    pivot_ = items_.size() / 2;
    for (size_t i = 0; i < items_.size(); ++i) {
      const auto cluster = static_cast<size_t>(items_[i].cluster);
      ++in_cluster_[cluster];
      before_pivot_[cluster] += i < pivot_;
    }
    for (int64_t cut = 1; cut <= statistic.cuts; ++cut) {
      while (counted_.size() < items_.size() &&
             items_[counted_.size()].value <= static_cast<double>(cut))
        counted_.push_back(static_cast<int32_t>(items_[counted_.size()].cluster));
      cut_end_.push_back(counted_.size());
    }
  }

  size_t cuts() const { return cut_end_.size(); }

  // The median of the items, each counted as often as its cluster was drawn. NaN without items.
  double median(const std::vector<int32_t>& drawn) const {
    int64_t seen = 0;
    for (size_t c = 0; c < drawn.size(); ++c) seen += int64_t{drawn[c]} * before_pivot_[c];
    const int64_t all = total(drawn);
    if (all == 0) return std::numeric_limits<double>::quiet_NaN();
    const int64_t low = (all - 1) / 2, high = all / 2;  // positions of the middle items, from 0
    size_t at = pivot_;                                 // `seen` items are before it
    while (seen > low) seen -= times(--at, drawn);
    while (seen + times(at, drawn) <= low) seen += times(at++, drawn);
    const double first = items_[at].value;
    while (seen + times(at, drawn) <= high) seen += times(at++, drawn);
    return (first + items_[at].value) / 2;
  }

  // Writes the share of the items up to each cut to out[cut - 1][resample]. NaN without items.
  void shares(const std::vector<int32_t>& drawn, size_t resample,
              std::vector<std::vector<double>>& out) const {
    if (cut_end_.empty()) return;
    const auto all = static_cast<double>(total(drawn));
    int64_t sum = 0;
    size_t at = 0;
    for (size_t cut = 0; cut < cut_end_.size(); ++cut) {
      for (; at < cut_end_[cut]; ++at) sum += drawn[static_cast<size_t>(counted_[at])];
      out[cut][resample] = static_cast<double>(sum) / all;
    }
  }

 private:
  int64_t times(size_t item, const std::vector<int32_t>& drawn) const {
    return drawn[static_cast<size_t>(items_[item].cluster)];
  }

  int64_t total(const std::vector<int32_t>& drawn) const {
    int64_t sum = 0;
    for (size_t c = 0; c < drawn.size(); ++c) sum += int64_t{drawn[c]} * in_cluster_[c];
    return sum;
  }

  std::vector<RankStatistic::Item> items_;  // ascending
  std::vector<int32_t> in_cluster_;         // number of items of each cluster
  std::vector<int32_t> before_pivot_;       // of these, how many are before items_[pivot_]
  size_t pivot_ = 0;
  std::vector<int32_t> counted_;  // the clusters of the items up to the last cut
  std::vector<size_t> cut_end_;   // per cut, the number of items up to it
};

// Resamples that one pass over the table accumulates.
constexpr int64_t kTogether = 8;
// Resamples between two reports of progress.
constexpr int64_t kChunk = 1024;

// The resamples [first, first + count), count <= kTogether, of all statistics.
class ResampleBlock {
 public:
  ResampleBlock(const Table& table, std::span<const ResampledRanks> ranks, size_t clusters)
      : table_(table), ranks_(ranks), sums_(static_cast<size_t>(kTogether) * table.columns) {
    drawn_.assign(static_cast<size_t>(kTogether), std::vector<int32_t>(clusters));
  }

  void run(int64_t first, int64_t count, uint64_t seed, ResampledStatistics& out) {
    for (int64_t r = 0; r < count; ++r)
      draw_clusters(first + r, seed, drawn_[static_cast<size_t>(r)]);
    add_up(static_cast<size_t>(count));
    for (size_t r = 0; r < static_cast<size_t>(count); ++r) {
      const double* sum = sums_.data() + r * table_.columns;
      const size_t at = static_cast<size_t>(first) + r;
      for (size_t f = 0; f < out.ratios.size(); ++f)
        out.ratios[f][at] = sum[f] / sum[table_.weight_column[f]];
      for (size_t f = 0; f < ranks_.size(); ++f) {
        out.medians[f][at] = ranks_[f].median(drawn_[r]);
        ranks_[f].shares(drawn_[r], at, out.shares[f]);
      }
    }
  }

 private:
  void add_up(size_t count) {
    std::ranges::fill(sums_, 0.0);
    for (size_t c = 0; c < drawn_[0].size(); ++c) {
      const double* row = table_.values.data() + c * table_.columns;
      for (size_t r = 0; r < count; ++r) {
        if (drawn_[r][c] == 0) continue;
        const double times = drawn_[r][c];
        double* sum = sums_.data() + r * table_.columns;
        for (size_t k = 0; k < table_.columns; ++k) sum[k] += times * row[k];
      }
    }
  }

  const Table& table_;
  std::span<const ResampledRanks> ranks_;
  std::vector<std::vector<int32_t>> drawn_;  // [resample][cluster]: how often it was drawn
  std::vector<double> sums_;                 // (kTogether, columns)
};

}  // namespace

ResampledStatistics bootstrap(int64_t clusters, std::span<const RatioStatistic> ratios,
                              std::span<const RankStatistic> ranks, int resamples, uint64_t seed,
                              const ProgressFn& progress, const std::string& stage) {
  check_sizes(clusters, ratios, ranks, resamples);
  const auto count = static_cast<size_t>(clusters);
  const Table table(count, ratios);
  std::vector<ResampledRanks> prepared;
  for (const RankStatistic& statistic : ranks) prepared.emplace_back(statistic, count);
  ResampledStatistics out;
  out.ratios.assign(ratios.size(), std::vector<double>(static_cast<size_t>(resamples)));
  out.medians.assign(ranks.size(), std::vector<double>(static_cast<size_t>(resamples)));
  for (const ResampledRanks& one : prepared)
    out.shares.emplace_back(one.cuts(), std::vector<double>(static_cast<size_t>(resamples)));
  for (int64_t chunk = 0; chunk < resamples; chunk += kChunk) {
    const int64_t here = std::min(kChunk, resamples - chunk);
    parallel_for((here + kTogether - 1) / kTogether, 1, [&](int64_t begin, int64_t end) {
      ResampleBlock block(table, prepared, count);
      for (int64_t b = begin; b < end; ++b) {
        const int64_t first = chunk + b * kTogether;
        block.run(first, std::min(kTogether, chunk + here - first), seed, out);
      }
    });
    if (progress) progress({stage, chunk + here, resamples, ""});
  }
  return out;
}

void draw_clusters(int64_t resample, uint64_t seed, std::vector<int32_t>& drawn) {
  Random random({seed, kPurpose, static_cast<uint64_t>(resample)});
  std::ranges::fill(drawn, 0);
  for (size_t i = 0; i < drawn.size(); ++i) ++drawn[random.below(drawn.size())];
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
