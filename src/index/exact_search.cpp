#include "index/exact_search.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <memory>
#include <mutex>

#include "base/parallel.h"
#include "index/candidates.h"
#include "index/part_scan.h"
#include "index/search_plan.h"

namespace sightline::index {
namespace {

// The allowed rows of an item, to be computed in double.
void add_rows(const SearchPlan& plan, const ScanItem& item, Candidates& candidates) {
  const int64_t first = plan.segments.first_row(item.segment);
  for (int64_t row = item.begin; row < item.end; row += 64) {
    uint64_t left = plan.allowed.bits_until(item.segment, row, item.end);
    for (; left != 0; left &= left - 1)
      candidates.add({first + row + std::countr_zero(left), -HUGE_VAL, HUGE_VAL});
  }
}

// Every allowed row in double: for few rows, and for the rare query that float arithmetic cannot
// bound.
std::vector<Hit> search_in_double(const SearchPlan& plan, int64_t q, int64_t& rescored) {
  std::vector<Candidates> found;
  std::mutex mutex;
  const auto make = [&] {
    return Candidates(plan.segments, plan.query(q), plan.keep, plan.request.min_similarity);
  };
  const auto count = static_cast<int64_t>(plan.items.size());
  parallel_for(count, std::max<int64_t>(1, count / plan.workers), [&](int64_t begin, int64_t end) {
    Candidates candidates = make();
    for (int64_t i = begin; i < end; ++i)
      add_rows(plan, plan.items[static_cast<size_t>(i)], candidates);
    const std::lock_guard lock(mutex);
    found.push_back(std::move(candidates));
  });
  Candidates all = make();
  for (Candidates& part : found) all.merge(std::move(part));
  std::vector<Hit> hits = all.best();
  rescored = all.rescored();
  return hits;
}

// The candidates of all items. Threads take the next item when they have finished one.
std::vector<std::unique_ptr<PartScan>> scan_items(const SearchPlan& plan) {
  const auto count = static_cast<int64_t>(plan.items.size());
  std::vector<std::unique_ptr<PartScan>> scans;
  std::mutex mutex;
  std::atomic<int64_t> next{0};
  parallel_for(plan.workers, 1, [&](int64_t, int64_t) {
    auto scan = std::make_unique<PartScan>(plan);
    for (int64_t i; (i = next.fetch_add(1)) < count;) scan->run(plan.items[static_cast<size_t>(i)]);
    scan->finish();
    const std::lock_guard lock(mutex);
    scans.push_back(std::move(scan));
  });
  return scans;
}

}  // namespace

std::vector<std::vector<Hit>> exact_search(const Segments& segments, const SearchRequest& request,
                                           const ScanKernels& kernels, SearchCounts& counts) {
  std::vector<std::vector<Hit>> hits(static_cast<size_t>(request.count));
  if (request.count == 0 || segments.rows() == 0) return hits;
  const SearchPlan plan(segments, request, kernels);
  std::vector<int64_t> rescored(static_cast<size_t>(request.count));
  std::vector<std::unique_ptr<PartScan>> scans;
  if (!plan.in_double) scans = scan_items(plan);
  parallel_for(request.count, 4, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      const auto at = static_cast<size_t>(q);
      if (plan.in_double) {
        hits[at] = search_in_double(plan, q, rescored[at]);
      } else if (plan.usable[at] != 0) {
        Candidates all(segments, plan.query(q), plan.keep, request.min_similarity);
        for (auto& scan : scans) all.merge(std::move(scan->candidates[at]));
        hits[at] = all.best();
        rescored[at] = all.rescored();
      }
    }
  });
  for (int64_t q = 0; q < request.count; ++q) {
    const auto at = static_cast<size_t>(q);
    if (!plan.in_double && plan.usable[at] == 0) hits[at] = search_in_double(plan, q, rescored[at]);
    counts.rescored += rescored[at];
  }
  for (const auto& scan : scans) counts.scanned += scan->scanned;
  return hits;
}

}  // namespace sightline::index
