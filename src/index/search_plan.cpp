#include "index/search_plan.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"

namespace sightline::index {
namespace {

// Up to this many parts of queries are faster with lanes along the row (scan_kernels.h, few) than
// with lanes along the queries.
constexpr int64_t kFewParts = 8;
// Bytes of rows that all queries scan while they are in the cache.
constexpr int64_t kBlockBytes = 128 << 10;
// Rows that a thread takes at once: whole words of a mask, whole blocks, whole tiles of kernels.
constexpr int64_t kItemRows = 576;
// Estimates for which waking a thread pays.
constexpr int64_t kThreadEstimates = 4096;
constexpr int64_t kItemsPerThread = 16;  // for an even load
// So many allowed rows, apart from two for each hit, are compared in double without estimates. Many
// queries have estimates so fast that only the rows pay that would be computed in double anyway.
constexpr int64_t kRowsInDouble = 64;

int64_t rows_of_block(int64_t stride) {
  const int64_t rows = kBlockBytes / std::max<int64_t>(stride, 1) / kRowTile * kRowTile;
  return std::clamp(rows, kRowTile, kMostBlockRows);
}

// The mean residual of a sample of rows; the largest may belong to one outlier.
double typical_residual(const float* residuals, int64_t rows) {
  const int64_t step = std::max<int64_t>(1, rows / 256);
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = 0; i < rows; i += step, ++count) sum += residuals[i];
  return sum / static_cast<double>(count);
}

}  // namespace

SearchPlan::SearchPlan(const Segments& segments_, const SearchRequest& request_,
                       const ScanKernels& kernels_)
    : segments(segments_),
      request(request_),
      kernels(kernels_),
      allowed(segments_, request_.allowed),
      keep(std::min(request_.k, segments_.rows())) {
  find_items();
  if (!in_double) plan_segments();
}

void SearchPlan::find_items() {
  const int64_t threads = thread_count();
  const int64_t per_item =
      std::clamp<int64_t>(segments.rows() / (kItemsPerThread * threads * kItemRows), 1, 16) *
      kItemRows;
  // A threshold may leave far fewer hits than k.
  const int64_t few = (request.count <= kFewParts ? kRowsInDouble : 0) +
                      (request.min_similarity == -HUGE_VAL ? 2 * keep : 0);
  const int64_t per_thread = std::max(kItemRows, kThreadEstimates / request.count);
  const int64_t most = std::max(few, threads * per_thread);  // more need not be counted
  int64_t found = 0;
  for (size_t s = 0; s < segments.count(); ++s) {
    const int64_t rows = segments[s].full.rows;
    for (int64_t begin = 0; begin < rows; begin += per_item) {
      const int64_t end = std::min(begin + per_item, rows);
      if (!allowed.filters(s)) {
        found += end - begin;
      } else if (found > most) {
        if (!allowed.any(s, begin, end)) continue;
      } else {
        const int64_t here = allowed.count(s, begin, end);
        if (here == 0) continue;
        found += here;
      }
      items.push_back({s, begin, end});
    }
  }
  in_double = !request.type && found <= few;
  workers = std::clamp<int64_t>(found / per_thread, 1, threads);
  workers = std::min(workers, std::max<int64_t>(1, static_cast<int64_t>(items.size())));
}

void SearchPlan::encode(RowType type, int part_count) {
  EncodedQueries& made = encoded[static_cast<size_t>(type)];
  const int64_t cells = row_cells(type, segments.dim());
  made.parts = part_count;
  made.stride = (cells + 15) / 16 * 16;
  const auto count = static_cast<size_t>(request.count * part_count);
  made.cells.resize(count * static_cast<size_t>(made.stride));
  made.offsets.resize(count);
  made.codes.resize(static_cast<size_t>(request.count));
  parallel_for(request.count, 16, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      made.codes[static_cast<size_t>(q)] = encode_query(
          query(q), segments.dim(), type, kernels.code_offset, part_count, made.stride,
          made.cells.data() + q * part_count * made.stride, made.offsets.data() + q * part_count);
    }
  });
  made.panels.clear();
  if (request.count * part_count > kFewParts) {
    made.panels =
        make_panels(made.codes, made.cells, made.offsets, made.stride, cells, part_count, kernels);
  }
}

void SearchPlan::bound_errors(size_t segment) {
  SegmentPlan& part = parts[segment];
  const IndexSegment& in = segments[segment];
  const EncodedQueries& made = queries(part);
  part.base.assign(static_cast<size_t>(made.padded()), 0.f);
  part.error.resize(static_cast<size_t>(request.count));
  parallel_for(request.count, 64, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      const auto at = static_cast<size_t>(q);
      const QueryBound bound =
          bound_estimates(made.codes[at], query(q), in.full, part.type, in.quantized(part.type));
      part.base[at] = bound.base;
      part.error[at] = bound.error;
      if (!bound.usable) usable[at] = 0;
    }
  });
}

// Whether the queries' codes leave out much more than those of the rows do.
bool SearchPlan::is_coarse(size_t segment) const {
  constexpr double kMuch = 2;
  const QuantizedRows& rows = *segments[segment].i8;
  const double typical = typical_residual(rows.residuals, segments[segment].full.rows);
  return std::ranges::any_of(queries(parts[segment]).codes, [&](const QueryCodes& codes) {
    return codes.left_out * rows.max_code_norm >
           kMuch * static_cast<double>(codes.filter.reach) * typical;
  });
}

// One query waits for memory, and a second part of it costs nothing. Many are bound by the
// products: then one part, unless it would be too coarse for a segment.
void SearchPlan::plan_segments() {
  constexpr int64_t kWaitingQueries = 2;
  const int fine = request.count <= kWaitingQueries ? 2 : 1;
  parts.resize(segments.count());
  usable.assign(static_cast<size_t>(request.count), 1);
  std::array<bool, kRowTypes> wanted{};
  std::vector<size_t> scanned;
  for (const ScanItem& item : items) {
    if (scanned.empty() || scanned.back() != item.segment) scanned.push_back(item.segment);
  }
  for (const size_t s : scanned) {
    SegmentPlan& part = parts[s];
    part.type = request.type.value_or(segments[s].smallest());
    part.scan = scan_rows(segments[s].full, part.type, segments[s].quantized(part.type));
    part.block_rows = rows_of_block(part.scan.stride);
    bool& seen = wanted[static_cast<size_t>(part.type)];
    if (!seen) encode(part.type, part.type == RowType::i8 ? fine : 1);
    seen = true;
  }
  const auto coarse = [&](size_t s) { return parts[s].type == RowType::i8 && is_coarse(s); };
  if (wanted[static_cast<size_t>(RowType::i8)] && fine == 1 && std::ranges::any_of(scanned, coarse))
    encode(RowType::i8, 2);
  for (const size_t s : scanned) bound_errors(s);
}

}  // namespace sightline::index
