#include "search/find_rows.h"

#include <sightline/error.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "search/arrange_hits.h"
#include "search/report_stage.h"

namespace sightline {
namespace {

// A filter of some queries, and its rows; without conditions, no mask.
struct Allowed {
  Filter filter;
  std::optional<RowMask> mask;
  int64_t count = 0;
};

// Queries that are scanned together.
struct Scan {
  const Allowed* allowed = nullptr;
  double min_similarity = 0;
  // All rows above the threshold, which are sorted before the page is taken.
  bool every_hit = false;
  std::vector<size_t> queries;
};

// q-values of the first hits also depend on later ones.
constexpr int64_t kJudgedHits = 100;
constexpr const char* kSearching = "searching";
constexpr double kNoThreshold = -std::numeric_limits<double>::infinity();

bool sorted_after(const Query& query) {
  return query.order.key == SortKey::date || query.order.key == SortKey::path;
}

// Takes rows out of those that may be hits.
void exclude(const Collection& collection, std::span<const int64_t> rows, Allowed& allowed) {
  const int64_t count = collection.vectors().rows();
  for (const int64_t row : rows) {
    if (row < 0 || row >= count)
      throw Error(ErrorCode::invalid_argument, "a search excludes the row ", row, " of ", count);
    if (!allowed.mask) {
      allowed.mask.emplace(count);
      std::ranges::fill(allowed.mask->words(), ~uint64_t{0});
    }
    if (!allowed.mask->has(row)) continue;
    allowed.mask->remove(row);
    --allowed.count;
  }
}

std::vector<std::unique_ptr<Allowed>> evaluate_filters(const Collection& collection,
                                                       std::span<const Query> queries,
                                                       const CollectionSearchOptions& options,
                                                       std::vector<const Allowed*>& of_query) {
  std::vector<std::unique_ptr<Allowed>> filters;
  for (const Query& query : queries) {
    const auto same = std::ranges::find_if(
        filters, [&](const auto& other) { return other->filter == query.filter; });
    if (same != filters.end()) {
      of_query.push_back(same->get());
      continue;
    }
    report_stage(options, kSearching);
    auto made = std::make_unique<Allowed>();
    made->filter = query.filter;
    made->count = collection.vectors().live_rows();
    if (!query.filter.empty()) {
      made->mask = collection.rows_matching(query.filter);
      made->count = made->mask->count();
    }
    exclude(collection, options.excluded, *made);
    of_query.push_back(made.get());
    filters.push_back(std::move(made));
  }
  return filters;
}

// Rows offset … offset + k - 1 of `hits`.
std::vector<Hit> page_of(std::vector<Hit> hits, const CollectionSearchOptions& options) {
  const auto size = static_cast<int64_t>(hits.size());
  const int64_t begin = std::min(options.offset, size);
  const int64_t end = begin + std::min<int64_t>(options.k, size - begin);
  return {hits.begin() + begin, hits.begin() + end};
}

// Number of hits up to the end of the page, at most `rows`.
int64_t end_of_page(int64_t rows, const CollectionSearchOptions& options) {
  return options.offset > rows - options.k ? rows : options.offset + options.k;
}

// Folds near-duplicates of a list.
std::vector<Hit> fold_list(const Collection& collection, std::vector<Hit> hits,
                           const CollectionSearchOptions& options, FoundRows& answer) {
  if (!options.group) return hits;
  const int64_t wanted = end_of_page(static_cast<int64_t>(hits.size()), options);
  ArrangedHits arranged = arrange_hits(collection, hits, wanted, options.group, 0);
  answer.duplicates = std::move(arranged.duplicates);
  return std::move(arranged.hits);
}

void list_rows(const Collection& collection, const Allowed& allowed, QueryOrder order,
               const CollectionSearchOptions& options, FoundRows& answer) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < collection.vectors().rows(); ++row) {
    if (!allowed.mask || allowed.mask->has(row)) rows.push_back(row);
  }
  if (order.key == SortKey::automatic || order.key == SortKey::similarity)
    order.key = SortKey::date;
  std::vector<Hit> hits;
  for (const int64_t row : collection.sorted_rows(std::move(rows), order, allowed.filter))
    hits.push_back({row, 0});
  answer.hits = page_of(fold_list(collection, std::move(hits), options, answer), options);
}

std::vector<Hit> sorted_hits(const Collection& collection, const std::vector<Hit>& hits,
                             const Query& query) {
  std::vector<std::pair<int64_t, double>> by_row;
  for (const Hit& hit : hits) by_row.emplace_back(hit.index, hit.similarity);
  std::ranges::sort(by_row);
  std::vector<int64_t> rows;
  for (const auto& [row, similarity] : by_row) rows.push_back(row);
  std::vector<Hit> sorted;
  for (const int64_t row : collection.sorted_rows(std::move(rows), query.order, query.filter)) {
    const auto at =
        std::ranges::lower_bound(by_row, row, {}, [](const auto& r) { return r.first; });
    sorted.push_back({row, at->second});
  }
  return sorted;
}

std::vector<Scan> plan_scans(std::span<const Query> queries,
                             const std::vector<const Allowed*>& allowed, double min_similarity) {
  std::vector<Scan> scans;
  for (size_t q = 0; q < queries.size(); ++q) {
    if (queries[q].terms.empty()) continue;
    const double least =
        std::max(min_similarity, queries[q].min_similarity.value_or(min_similarity));
    const bool every_hit = sorted_after(queries[q]) && least > kNoThreshold;
    const auto same = std::ranges::find_if(scans, [&](const Scan& scan) {
      return scan.allowed == allowed[q] && scan.min_similarity == least &&
             scan.every_hit == every_hit;
    });
    if (same != scans.end()) {
      same->queries.push_back(q);
    } else {
      scans.push_back({allowed[q], least, every_hit, {q}});
    }
  }
  return scans;
}

void add_statistics(const SearchStatistics& own, SearchStatistics& statistics) {
  statistics.scan = own.scan;
  statistics.scanned += own.scanned;
  statistics.rescored += own.rescored;
}

// Returns the best k hits of each of the scan's queries.
std::vector<std::vector<Hit>> best_hits(const Collection& collection, const Matrix& vectors,
                                        const Scan& scan, int64_t k, ScanType type,
                                        SearchStatistics& statistics) {
  SearchOptions search = {
      .k = static_cast<int>(k), .scan = type, .min_similarity = scan.min_similarity};
  if (scan.allowed->mask) search.allowed = scan.allowed->mask->words();
  SearchStatistics own;
  auto found = collection.vectors().search(vectors, search, &own);
  add_statistics(own, statistics);
  return found;
}

// Returns the hits of each of the scan's queries up to the end of the page, or more. Sets
// FoundRows::similarities and, if hits are folded, duplicates.
std::vector<std::vector<Hit>> ranked_hits(const Collection& collection, const Matrix& vectors,
                                          const Scan& scan, const CollectionSearchOptions& options,
                                          SearchStatistics& statistics,
                                          std::vector<FoundRows>& out) {
  const int64_t rows =
      std::clamp<int64_t>(collection.vectors().rows(), 1, std::numeric_limits<int>::max());
  const int64_t wanted = scan.every_hit ? rows : end_of_page(rows, options);
  const bool arranged = arranges(options);
  int64_t k = std::max(wanted, options.null_model != nullptr ? kJudgedHits : 0);
  if (arranged) {
    k = (k + kArrangedPortion - 1) / kArrangedPortion * kArrangedPortion;
    k = std::min(k, rows);
  }
  while (true) {
    report_stage(options, kSearching);
    auto found = best_hits(collection, vectors, scan, k, options.scan, statistics);
    bool enough = true;
    for (size_t i = 0; i < found.size(); ++i) {
      FoundRows& answer = out[scan.queries[i]];
      answer.similarities.clear();
      for (const Hit& hit : found[i]) answer.similarities.push_back(hit.similarity);
      if (!arranged) continue;
      const bool more = k < rows && static_cast<int64_t>(found[i].size()) == k;
      ArrangedHits hits = arrange_hits(collection, found[i], wanted, options.group,
                                       scan.every_hit ? 0 : options.diversity);
      enough = enough && (!more || static_cast<int64_t>(hits.hits.size()) >= wanted);
      answer.duplicates = std::move(hits.duplicates);
      found[i] = std::move(hits.hits);
    }
    if (enough) return found;
    k = std::min(2 * k, rows);
  }
}

// Sets the pages of the scan's queries.
void run_scan(const Collection& collection, std::span<const Query> queries, const Matrix& vectors,
              const Scan& scan, const CollectionSearchOptions& options,
              SearchStatistics& statistics, std::vector<FoundRows>& out) {
  Matrix own(static_cast<int64_t>(scan.queries.size()), vectors.dim);
  for (size_t i = 0; i < scan.queries.size(); ++i) {
    std::ranges::copy(vectors.row(static_cast<int64_t>(scan.queries[i])),
                      own.row(static_cast<int64_t>(i)).begin());
  }
  auto found = ranked_hits(collection, own, scan, options, statistics, out);
  for (size_t i = 0; i < found.size(); ++i) {
    const Query& query = queries[scan.queries[i]];
    if (scan.every_hit) found[i] = sorted_hits(collection, found[i], query);
    found[i] = page_of(std::move(found[i]), options);
    if (sorted_after(query) && !scan.every_hit) found[i] = sorted_hits(collection, found[i], query);
    out[scan.queries[i]].hits = std::move(found[i]);
  }
}

}  // namespace

std::vector<FoundRows> find_rows(const Collection& collection, std::span<const Query> queries,
                                 const Matrix& vectors, const CollectionSearchOptions& options,
                                 SearchStatistics& statistics) {
  std::vector<const Allowed*> allowed;
  const auto filters = evaluate_filters(collection, queries, options, allowed);
  std::vector<FoundRows> found(queries.size());
  for (size_t q = 0; q < queries.size(); ++q) {
    found[q].matching = allowed[q]->count;
    if (!queries[q].terms.empty()) continue;
    report_stage(options, kSearching);
    list_rows(collection, *allowed[q], queries[q].order, options, found[q]);
  }
  for (const Scan& scan : plan_scans(queries, allowed, options.min_similarity)) {
    run_scan(collection, queries, vectors, scan, options, statistics, found);
  }
  return found;
}

}  // namespace sightline
