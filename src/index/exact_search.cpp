#include "index/exact_search.h"

#include <algorithm>
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
  parallel_for(static_cast<int64_t>(plan.items.size()), 1, [&](int64_t begin, int64_t end) {
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

std::vector<std::unique_ptr<PartScan>> scan_items(const SearchPlan& plan) {
  std::vector<std::unique_ptr<PartScan>> scans(static_cast<size_t>(thread_count()));
  parallel_each(static_cast<int64_t>(plan.items.size()), [&](int worker, int64_t i) {
    auto& scan = scans[static_cast<size_t>(worker)];
    if (scan == nullptr) scan = std::make_unique<PartScan>(plan);
    scan->run(plan.items[static_cast<size_t>(i)]);
  });
  std::erase(scans, nullptr);
  parallel_each(static_cast<int64_t>(scans.size()),
                [&](int, int64_t i) { scans[static_cast<size_t>(i)]->finish(); });
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
