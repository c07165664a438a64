#include "index/exact_search.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/parallel.h"
#include "index/candidates.h"
#include "index/exact_dot.h"
#include "index/quantize.h"
#include "index/query_plan.h"

namespace sightline::index {
namespace {

// Up to this many parts of queries are faster with lanes along the row (scan_kernels.h, few) than
// with lanes along the queries.
constexpr int64_t kFewParts = 8;
constexpr int64_t kGrain = 512;  // rows for which a thread pays
// Bytes of rows that all queries scan while they are in the cache.
constexpr int64_t kBlockBytes = 128 << 10;
constexpr int64_t kMostBlockRows = 4 * kRowTile;

struct Job {
  const FullRows& rows;
  RowType type;
  ScanRows scan;
  const float* queries;
  int64_t count;
  int64_t keep;
  const HitFilter& hit_filter;
  const ScanKernels& kernels;
  int parts = 1;       // of a query
  int64_t stride = 0;  // cells of a part of a query
  std::vector<uint32_t> cells{};
  std::vector<int32_t> offsets{};
  std::vector<QueryPlan> plans{};
  std::vector<Panel> panels{};  // none: few queries
  int64_t block_rows = 0;

  const float* query(int64_t q) const { return queries + q * rows.dim; }
};

// Scans one thread's rows for all queries.
class PartScan {
 public:
  explicit PartScan(const Job& job) : job_(job) {
    for (int64_t q = 0; q < job.count; ++q)
      candidates.emplace_back(job.rows, job.query(q), job.keep, job.hit_filter.min_similarity);
    const int64_t width =
        job.panels.empty() ? kFewParts : job.kernels.panel_vectors * job.kernels.lanes;
    sums_.resize(static_cast<size_t>(job.block_rows * width));
    passed_.resize(static_cast<size_t>(job.block_rows * width));
    // Nothing passes for lanes without a query, and for queries that are answered in double.
    cuts_.assign(static_cast<size_t>(padded_queries(job)), HUGE_VALF);
    for (int64_t q = 0; q < job.count; ++q) raise_cut(q);
  }

  void run(int64_t begin, int64_t end) {
    for (int64_t first = begin; first < end; first += job_.block_rows) {
      const RowBlock block{job_.scan.data + first * job_.scan.stride, job_.scan.stride,
                           std::min(job_.block_rows, end - first), job_.scan.cells};
      if (job_.panels.empty()) {
        few(block, first);
      } else {
        for (const Panel& panel : job_.panels) many(block, first, panel);
      }
    }
  }

  std::vector<Candidates> candidates;

 private:
  static int64_t padded_queries(const Job& job) {
    return job.panels.empty() ? job.count : job.panels.back().first + job.panels.back().padded;
  }

  RowFactors factors(int64_t first) const {
    return {job_.scan.scales == nullptr ? nullptr : job_.scan.scales + first,
            job_.scan.residuals == nullptr ? nullptr : job_.scan.residuals + first};
  }

  void raise_cut(int64_t q) {
    const QueryPlan& plan = job_.plans[static_cast<size_t>(q)];
    if (!plan.usable) return;
    const double threshold = candidates[static_cast<size_t>(q)].threshold();
    cuts_[static_cast<size_t>(q)] = float_below(threshold - plan.error);
  }

  void take(int64_t first, int64_t first_query, int64_t found) {
    for (int64_t i = 0; i < found; ++i) {
      const Passed& p = passed_[static_cast<size_t>(i)];
      const int64_t q = first_query + p.lane, row = first + p.row;
      const QueryPlan& plan = job_.plans[static_cast<size_t>(q)];
      if (!plan.usable) continue;  // its estimates may be infinite or NaN, which pass any cut
      if (!job_.hit_filter.allows(row)) continue;
      double margin = plan.error;
      if (job_.scan.residuals != nullptr)
        margin += static_cast<double>(plan.filter.reach) * job_.scan.residuals[row];
      if (candidates[static_cast<size_t>(q)].add({row, p.estimate - margin, p.estimate + margin}))
        raise_cut(q);
    }
  }

  void few(const RowBlock& block, int64_t first) {
    const auto type = static_cast<size_t>(job_.type);
    const int64_t parts = job_.parts, all = job_.count * parts;
    for (int64_t p = 0; p < all; p += kFewQueries) {
      job_.kernels.few[type](block, job_.cells.data() + p * job_.stride, job_.stride,
                             std::min(kFewQueries, all - p), job_.offsets.data() + p,
                             sums_.data() + p * job_.block_rows, job_.block_rows);
    }
    for (int64_t q = 0; q < job_.count; ++q) {
      FilterQuery filter = job_.plans[static_cast<size_t>(q)].filter;
      filter.cut = cuts_[static_cast<size_t>(q)];
      const float* sums = sums_.data() + q * parts * job_.block_rows;
      const int64_t found =
          job_.kernels.filter_rows(sums, parts == 2 ? sums + job_.block_rows : nullptr, block.count,
                                   factors(first), filter, passed_.data());
      take(first, q, found);
    }
  }

  void many(const RowBlock& block, int64_t first, const Panel& panel) {
    job_.kernels.many[static_cast<size_t>(job_.type)](block, panel.cells.data(), panel.vectors,
                                                      panel.offsets.data(), sums_.data());
    const FilterLanes lanes{panel.base.data(), panel.scale.data(), panel.low_scale.data(),
                            panel.reach.data(), cuts_.data() + panel.first};
    const int64_t found =
        job_.kernels.filter_lanes(sums_.data(), panel.vectors * job_.kernels.lanes, panel.low_at,
                                  block.count, panel.padded, factors(first), lanes, passed_.data());
    take(first, panel.first, found);
  }

  const Job& job_;
  std::vector<float> sums_;
  std::vector<Passed> passed_;
  std::vector<float> cuts_;
};

// The mean residual of a sample of rows; the largest may belong to one outlier.
double typical_residual(const Job& job) {
  const int64_t step = std::max<int64_t>(1, job.rows.rows / 256);
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = 0; i < job.rows.rows; i += step, ++count) sum += job.scan.residuals[i];
  return sum / static_cast<double>(count);
}

void make_plans(Job& job, const QuantizedRows* quantized) {
  job.stride = (row_cells(job.type, job.rows.dim) + 15) / 16 * 16;
  const auto parts = static_cast<size_t>(job.parts), count = static_cast<size_t>(job.count);
  job.cells.resize(count * parts * static_cast<size_t>(job.stride));
  job.offsets.resize(count * parts);
  job.plans.resize(count);
  parallel_for(job.count, 16, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      job.plans[static_cast<size_t>(q)] =
          plan_query(job.query(q), job.rows, job.type, quantized, job.kernels.code_offset,
                     job.parts, job.stride, job.cells.data() + q * job.parts * job.stride,
                     job.offsets.data() + q * job.parts);
    }
  });
}

// One query waits for memory, and a second part of it costs nothing. Many are bound by the
// products: then one part, unless the queries' codes would leave out much more than those of the
// rows do.
void plan_queries(Job& job, const QuantizedRows* quantized) {
  constexpr double kMuch = 2;
  constexpr int64_t kWaitingQueries = 2;
  job.parts = job.type == RowType::i8 && job.count <= kWaitingQueries ? 2 : 1;
  make_plans(job, quantized);
  if (job.type == RowType::i8 && job.parts == 1) {
    const double typical = typical_residual(job);
    const bool coarse = std::ranges::any_of(job.plans, [&](const QueryPlan& plan) {
      return plan.left_out > kMuch * static_cast<double>(plan.filter.reach) * typical;
    });
    if (coarse) {
      job.parts = 2;
      make_plans(job, quantized);
    }
  }
  if (job.count * job.parts > kFewParts) {
    job.panels = make_panels(job.plans, job.cells, job.offsets, job.stride, job.scan.cells,
                             job.parts, job.kernels);
  }
  const int64_t rows = kBlockBytes / std::max<int64_t>(job.scan.stride, 1) / kRowTile * kRowTile;
  job.block_rows = std::clamp(rows, kRowTile, kMostBlockRows);
}

// Every row in double, for the rare query that float arithmetic cannot bound.
std::vector<Hit> search_in_double(const Job& job, int64_t q) {
  std::vector<Candidates> found;
  std::mutex mutex;
  parallel_for(job.rows.rows, kGrain, [&](int64_t begin, int64_t end) {
    Candidates candidates(job.rows, job.query(q), job.keep, job.hit_filter.min_similarity);
    for (int64_t i = begin; i < end; ++i) {
      if (job.hit_filter.allows(i)) candidates.add({i, -HUGE_VAL, HUGE_VAL});
    }
    const std::lock_guard lock(mutex);
    found.push_back(std::move(candidates));
  });
  Candidates all(job.rows, job.query(q), job.keep, job.hit_filter.min_similarity);
  for (Candidates& part : found) all.merge(std::move(part));
  return all.best();
}

}  // namespace

std::vector<std::vector<Hit>> exact_search(const FullRows& rows, RowType type,
                                           const QuantizedRows* quantized, const float* queries,
                                           int64_t count, int64_t k, const HitFilter& hit_filter,
                                           const ScanKernels& kernels, int64_t& rescored) {
  std::vector<std::vector<Hit>> hits(static_cast<size_t>(count));
  if (count == 0 || rows.rows == 0) return hits;
  Job job{rows,       type,   scan_rows(rows, type, quantized),
          queries,    count,  std::min(k, rows.rows),
          hit_filter, kernels};
  plan_queries(job, quantized);
  std::vector<std::unique_ptr<PartScan>> parts;
  std::mutex mutex;
  parallel_for(rows.rows, kGrain, [&](int64_t begin, int64_t end) {
    auto part = std::make_unique<PartScan>(job);
    part->run(begin, end);
    const std::lock_guard lock(mutex);
    parts.push_back(std::move(part));
  });
  std::vector<int64_t> counts(static_cast<size_t>(count));
  parallel_for(count, 4, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      const auto at = static_cast<size_t>(q);
      if (!job.plans[at].usable) continue;
      Candidates all(rows, job.query(q), job.keep, hit_filter.min_similarity);
      for (auto& part : parts) all.merge(std::move(part->candidates[at]));
      hits[at] = all.best();
      counts[at] = all.rescored();
    }
  });
  for (int64_t q = 0; q < count; ++q) {
    const auto at = static_cast<size_t>(q);
    if (!job.plans[at].usable) {
      hits[at] = search_in_double(job, q);
      counts[at] = rows.rows;
    }
    rescored += counts[at];
  }
  return hits;
}

}  // namespace sightline::index
