#include "eval/rank_queries.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/finite.h"
#include "eval/gather_rows.h"
#include "eval/similarity.h"
#include "index/count_reaching.h"
#include "index/quantize.h"

namespace sightline {
namespace {

// The similarities of the relevant candidates of all queries, NaN excluded. Every similarity is a
// threshold: the number of candidates that reach it determines the position of its candidate.
struct Thresholds {
  std::vector<size_t> begin;       // queries + 1 offsets into the arrays below
  std::vector<double> similarity;  // per query in descending order
  std::vector<int64_t> reached;    // number of candidates that are not below the threshold

  std::span<const double> of(size_t query) const {
    return {similarity.data() + begin[query], begin[query + 1] - begin[query]};
  }
};

Thresholds make_thresholds(const Matrix& queries, const Matrix& candidates,
                           const RelevantCandidates& relevant) {
  Thresholds t;
  t.begin.push_back(0);
  for (size_t q = 0; q < relevant.size(); ++q) {
    for (const int64_t c : relevant[q]) {
      const double value = similarity(queries.row(static_cast<int64_t>(q)), candidates.row(c));
      if (!std::isnan(value)) t.similarity.push_back(value);
    }
    std::sort(t.similarity.begin() + static_cast<std::ptrdiff_t>(t.begin.back()),
              t.similarity.end(), std::greater<>());
    t.begin.push_back(t.similarity.size());
  }
  t.reached.resize(t.similarity.size());
  return t;
}

// The distinct thresholds of each query: candidates that repeat, such as equal captions, share one.
struct DistinctThresholds {
  Thresholds values;
  std::vector<size_t> of;  // per threshold: the index of its value
};

DistinctThresholds distinct(const Thresholds& all) {
  DistinctThresholds out;
  out.values.begin.push_back(0);
  for (size_t q = 0; q + 1 < all.begin.size(); ++q) {
    for (size_t i = all.begin[q]; i < all.begin[q + 1]; ++i) {
      auto& values = out.values.similarity;
      const bool repeats =
          i > all.begin[q] && all.similarity[i] == all.similarity[i - 1];  // descending
      if (!repeats) values.push_back(all.similarity[i]);
      out.of.push_back(values.size() - 1);
    }
    out.values.begin.push_back(out.values.similarity.size());
  }
  out.values.reached.resize(out.values.similarity.size());
  return out;
}

// With few thresholds, one vectorizable pass over the values per threshold. With many (a caption
// shared by a thousand rows), a binary search per value for the first threshold that it reaches.
constexpr size_t kFewThresholds = 8;

void count_reached(std::span<const double> values, std::span<const double> thresholds,
                   int64_t* reached) {
  if (thresholds.size() <= kFewThresholds) {
    for (size_t j = 0; j < thresholds.size(); ++j) {
      const double threshold = thresholds[j];
      int64_t count = 0;
      for (const double value : values)
        count += !(value < threshold);  // NaN reaches every threshold
      reached[j] += count;
    }
    return;
  }
  std::vector<int64_t> first(thresholds.size() + 1, 0);
  for (const double value : values) {
    const auto at =
        std::isnan(value)
            ? thresholds.begin()
            : std::lower_bound(thresholds.begin(), thresholds.end(), value,
                               [](double threshold, double v) { return v < threshold; });
    ++first[static_cast<size_t>(at - thresholds.begin())];
  }
  int64_t sum = 0;
  for (size_t j = 0; j < thresholds.size(); ++j) reached[j] += sum += first[j];
}

// The definition: every similarity of the queries `wanted`.
void count_by_definition(const Matrix& queries, const Matrix& candidates,
                         std::span<const int64_t> wanted, Thresholds& thresholds) {
  const auto visit = [&](int64_t i, int64_t, std::span<const double> values) {
    const auto query = static_cast<size_t>(wanted[static_cast<size_t>(i)]);
    count_reached(values, thresholds.of(query),
                  thresholds.reached.data() + thresholds.begin[query]);
  };
  for_each_similarity(gather_rows(queries, wanted), candidates, visit);
}

// The kernels compare an estimate with every threshold of its query, which is cheaper than an
// inner product in double as long as the thresholds are not many more than the elements.
constexpr int64_t kThresholdsPerElement = 2;
// Queries between two reports of progress.
constexpr size_t kChunk = 8192, kChunkByDefinition = 512;

// The same counts, by the kernels of exact search where they apply: finite vectors, not too many
// thresholds.
void count_all(const Matrix& queries, const Matrix& candidates, Thresholds& thresholds,
               const std::function<void(int64_t)>& ranked) {
  const bool finite = candidates.rows > 0 && queries.dim == candidates.dim &&
                      all_finite(queries.values) && all_finite(candidates.values);
  const auto limit = static_cast<size_t>(kThresholdsPerElement * queries.dim);
  const auto count = [&](int64_t q) { return thresholds.of(static_cast<size_t>(q)).size(); };
  std::vector<int64_t> by_kernels, by_definition;
  for (int64_t q = 0; q < queries.rows; ++q) {
    if (count(q) > 0) (finite && count(q) <= limit ? by_kernels : by_definition).push_back(q);
  }
  // The queries in chunks, with a report of progress after each.
  const auto in_chunks = [&](const std::vector<int64_t>& wanted, size_t size, const auto& run) {
    for (size_t at = 0; at < wanted.size(); at += size) {
      const auto chunk = std::span(wanted).subspan(at, std::min(size, wanted.size() - at));
      run(chunk);
      if (ranked) ranked(static_cast<int64_t>(chunk.size()));
    }
  };
  in_chunks(by_definition, kChunkByDefinition, [&](std::span<const int64_t> chunk) {
    count_by_definition(queries, candidates, chunk, thresholds);
  });
  if (by_kernels.empty()) return;
  const index::FullRows rows{candidates.values.data(), candidates.rows, candidates.dim,
                             index::checked_max_norm(candidates.values.data(), candidates.rows,
                                                     candidates.dim, "the candidates")};
  // The queries of a panel take the time of the one with the most thresholds.
  std::ranges::stable_sort(by_kernels, {}, count);
  in_chunks(by_kernels, kChunk, [&](std::span<const int64_t> chunk) {
    index::count_reaching(rows, queries.values.data(), chunk,
                          {thresholds.begin, thresholds.similarity}, index::scan_kernels(),
                          thresholds.reached);
  });
}

// Computes the positions of the relevant candidates. `reached` also counts relevant candidates;
// they are subtracted here, and a relevant candidate ranks after the non-relevant ones that tie
// with it.
std::vector<int64_t> positions_of(std::span<const double> thresholds, const int64_t* reached,
                                  size_t relevant) {
  const auto nan_count = static_cast<int64_t>(relevant - thresholds.size());
  std::vector<int64_t> positions(thresholds.size());
  size_t ties = 0;
  for (size_t j = 0; j < thresholds.size(); ++j) {
    while (ties < thresholds.size() && thresholds[ties] >= thresholds[j]) ++ties;
    const int64_t before = reached[j] - nan_count - static_cast<int64_t>(ties);
    positions[j] = before + static_cast<int64_t>(j) + 1;
  }
  return positions;
}

}  // namespace

double average_precision(std::span<const int64_t> positions, int64_t relevant) {
  double sum = 0;
  for (size_t j = 0; j < positions.size(); ++j) {
    sum += static_cast<double>(j + 1) / static_cast<double>(positions[j]);
  }
  return sum / static_cast<double>(relevant);
}

double ndcg_at_10(std::span<const int64_t> positions, int64_t relevant) {
  double gain = 0, best = 0;
  for (const int64_t position : positions) {
    if (position <= 10) gain += 1 / std::log2(static_cast<double>(position) + 1);
  }
  for (int64_t i = 1; i <= std::min<int64_t>(relevant, 10); ++i) {
    best += 1 / std::log2(static_cast<double>(i) + 1);
  }
  return gain / best;
}

RankedQueries rank_queries(const Matrix& queries, const Matrix& candidates,
                           const RelevantCandidates& relevant,
                           const std::function<void(int64_t)>& ranked) {
  Thresholds thresholds = make_thresholds(queries, candidates, relevant);
  DistinctThresholds counted = distinct(thresholds);
  count_all(queries, candidates, counted.values, ranked);
  for (size_t i = 0; i < counted.of.size(); ++i)
    thresholds.reached[i] = counted.values.reached[counted.of[i]];
  RankedQueries out;
  out.rank.resize(relevant.size());
  out.gains.average_precision.resize(relevant.size());
  out.gains.ndcg_at_10.resize(relevant.size());
  for (size_t q = 0; q < relevant.size(); ++q) {
    if (relevant[q].empty()) continue;
    const auto positions = positions_of(
        thresholds.of(q), thresholds.reached.data() + thresholds.begin[q], relevant[q].size());
    const auto count = static_cast<int64_t>(relevant[q].size());
    out.rank[q] = positions.empty() ? candidates.rows + 1 : positions[0];
    out.gains.average_precision[q] = average_precision(positions, count);
    out.gains.ndcg_at_10[q] = ndcg_at_10(positions, count);
  }
  return out;
}

}  // namespace sightline
