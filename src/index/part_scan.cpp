#include "index/part_scan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "index/half_rows.h"
#include "index/quantize.h"

namespace sightline::index {
namespace {

// From this share of allowed rows, a block is scanned in place: reading all rows in order is faster
// than gathering some. Not for panels of queries, whose products cost more than gathering.
// Measured.
constexpr double kDense = 0.4;
// Rows that are fetched before they are copied.
constexpr size_t kFetchAhead = 12;

constexpr int64_t kMaskWords = (kMostBlockRows + 63) / 64;

}  // namespace

PartScan::PartScan(const SearchPlan& plan) : plan_(plan), segment_(plan.segments.count()) {
  candidates.reserve(static_cast<size_t>(plan.request.count));
  for (int64_t q = 0; q < plan.request.count; ++q) {
    candidates.emplace_back(plan.segments, plan.query(q), plan.keep, plan.request.min_similarity);
  }
}

void PartScan::enter(size_t segment) {
  if (segment == segment_) return;
  scan_gathered();
  segment_ = segment;
  part_ = &plan_.parts[segment];
  queries_ = &plan_.queries(*part_);
  const int64_t width = queries_->panels.empty()
                            ? plan_.request.count * queries_->parts
                            : plan_.kernels.panel_vectors * plan_.kernels.lanes;
  const auto size = static_cast<size_t>(part_->block_rows * width);
  sums_.resize(std::max(sums_.size(), size));
  passed_.resize(std::max(passed_.size(), size));
  // Nothing passes for lanes without a query, and for queries that are answered in double.
  cuts_.assign(static_cast<size_t>(queries_->padded()), HUGE_VALF);
  for (int64_t q = 0; q < plan_.request.count; ++q) raise_cut(q);
}

void PartScan::raise_cut(int64_t q) {
  const auto at = static_cast<size_t>(q);
  if (plan_.usable[at] == 0) return;
  const double cut = candidates[at].threshold() - part_->error[at];
  constexpr double kMost = std::numeric_limits<float>::max();  // above all estimates
  cuts_[at] = float_below(std::clamp(cut, -kMost, kMost));
}

void PartScan::run(const ScanItem& item) {
  enter(item.segment);
  const bool filters = plan_.allowed.filters(item.segment);
  const bool in_place = plan_.parts[item.segment].scan.data != nullptr;
  for (int64_t first = item.begin; first < item.end; first += part_->block_rows) {
    const int64_t count = std::min(part_->block_rows, item.end - first);
    uint64_t mask[kMaskWords] = {};
    int64_t found = count;
    if (filters || !in_place) {
      found = 0;
      for (int64_t w = 0; w < kMaskWords && 64 * w < count; ++w) {
        mask[w] = plan_.allowed.bits_until(item.segment, first + 64 * w, first + count);
        found += mask[w] == 0 ? 0 : std::popcount(mask[w]);
      }
      if (found == 0) continue;
    }
    const double dense = queries_->panels.empty() ? kDense : 1;
    if (in_place && static_cast<double>(found) >= dense * static_cast<double>(count)) {
      scan_in_place(first, count, found == count ? nullptr : mask);
      continue;
    }
    for (int64_t w = 0; w < kMaskWords && 64 * w < count; ++w) {
      for (uint64_t left = mask[w]; left != 0; left &= left - 1)
        gather(first + 64 * w + std::countr_zero(left));
    }
  }
}

void PartScan::finish() {
  scan_gathered();
}

void PartScan::scan_in_place(int64_t first, int64_t count, const uint64_t* mask) {
  const ScanRows& from = part_->scan;
  scan({{from.data + first * from.stride, from.stride, count, from.cells},
        {from.scales == nullptr ? nullptr : from.scales + first,
         from.residuals == nullptr ? nullptr : from.residuals + first},
        first,
        nullptr,
        mask});
}

void PartScan::gather(int64_t row) {
  ids_.push_back(row);
  if (static_cast<int64_t>(ids_.size()) == part_->block_rows) scan_gathered();
}

void PartScan::scan_gathered() {
  if (ids_.empty()) return;
  const ScanRows& from = part_->scan;
  const uint16_t* half = plan_.segments[segment_].half;
  const auto count = static_cast<int64_t>(ids_.size());
  const auto fetch = [&](size_t i) {
    const uint8_t* row = from.data + ids_[i] * from.stride;
    for (int64_t at = 0; at < from.stride; at += 64) __builtin_prefetch(row + at);
  };
  rows_.resize(std::max(rows_.size(), static_cast<size_t>(part_->block_rows * from.stride)));
  scales_.resize(ids_.size());
  residuals_.resize(ids_.size());
  for (size_t i = 0; i < std::min(kFetchAhead, ids_.size()); ++i) {
    if (from.data != nullptr) fetch(i);
  }
  for (size_t i = 0; i < ids_.size(); ++i) {
    uint8_t* to = rows_.data() + static_cast<int64_t>(i) * from.stride;
    if (from.data == nullptr) {
      const int64_t dim = plan_.segments.dim();
      widen(half + ids_[i] * dim, dim, reinterpret_cast<float*>(to));
    } else {
      if (i + kFetchAhead < ids_.size()) fetch(i + kFetchAhead);
      std::memcpy(to, from.data + ids_[i] * from.stride, static_cast<size_t>(from.stride));
    }
    if (from.scales != nullptr) scales_[i] = from.scales[ids_[i]];
    if (from.residuals != nullptr) residuals_[i] = from.residuals[ids_[i]];
  }
  scan({{rows_.data(), from.stride, count, from.cells},
        {from.scales == nullptr ? nullptr : scales_.data(),
         from.residuals == nullptr ? nullptr : residuals_.data()},
        0,
        ids_.data(),
        nullptr});
  ids_.clear();
}

void PartScan::scan(const Block& block) {
  scanned += block.rows.count;
  if (queries_->panels.empty()) {
    few(block);
  } else {
    for (const Panel& panel : queries_->panels) many(block, panel);
  }
}

void PartScan::few(const Block& block) {
  const auto type = static_cast<size_t>(part_->type);
  const int64_t parts = queries_->parts, all = plan_.request.count * parts;
  for (int64_t p = 0; p < all; p += kFewQueries) {
    plan_.kernels.few[type](block.rows, queries_->cells.data() + p * queries_->stride,
                            queries_->stride, std::min(kFewQueries, all - p),
                            queries_->offsets.data() + p, sums_.data() + p * part_->block_rows,
                            part_->block_rows);
  }
  for (int64_t q = 0; q < plan_.request.count; ++q) {
    FilterQuery filter = queries_->codes[static_cast<size_t>(q)].filter;
    filter.base = part_->base[static_cast<size_t>(q)];
    filter.cut = cuts_[static_cast<size_t>(q)];
    const float* sums = sums_.data() + q * parts * part_->block_rows;
    const int64_t found =
        plan_.kernels.filter_rows(sums, parts == 2 ? sums + part_->block_rows : nullptr,
                                  block.rows.count, block.factors, filter, passed_.data());
    take(block, q, found);
  }
}

void PartScan::many(const Block& block, const Panel& panel) {
  plan_.kernels.many[static_cast<size_t>(part_->type)](
      block.rows, panel.cells.data(), panel.vectors, panel.offsets.data(), sums_.data());
  const FilterLanes lanes{part_->base.data() + panel.first, panel.scale.data(),
                          panel.low_scale.data(), panel.reach.data(), cuts_.data() + panel.first};
  const int64_t found = plan_.kernels.filter_lanes(
      sums_.data(), panel.vectors * plan_.kernels.lanes, panel.low_at, block.rows.count,
      panel.padded, block.factors, lanes, passed_.data());
  take(block, panel.first, found);
}

void PartScan::take(const Block& block, int64_t first_query, int64_t found) {
  const int64_t first_row = plan_.segments.first_row(segment_);
  for (int64_t i = 0; i < found; ++i) {
    const Passed& p = passed_[static_cast<size_t>(i)];
    if (block.mask != nullptr && (block.mask[p.row / 64] >> (p.row % 64) & 1) == 0) continue;
    const auto q = static_cast<size_t>(first_query + p.lane);
    if (plan_.usable[q] == 0) continue;  // its estimates may be infinite or NaN, which pass any cut
    double margin = part_->error[q];
    if (block.factors.residuals != nullptr)
      margin +=
          static_cast<double>(queries_->codes[q].filter.reach) * block.factors.residuals[p.row];
    const int64_t row = first_row + (block.ids != nullptr ? block.ids[p.row] : block.first + p.row);
    if (candidates[q].add({row, p.estimate - margin, p.estimate + margin}))
      raise_cut(static_cast<int64_t>(q));
  }
}

}  // namespace sightline::index
