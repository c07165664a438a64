#include "index/count_reaching.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/parallel.h"
#include "index/exact_dot.h"
#include "index/quantize.h"
#include "index/query_plan.h"

namespace sightline::index {
namespace {

constexpr int64_t kBlockRows = 4 * kRowTile;
constexpr double kUp = 1 + 1e-8;  // for the rounding of threshold +- error

// As many queries as a panel holds, against all rows. A slot holds one threshold of each query.
class PanelCount {
 public:
  PanelCount(const FullRows& rows, const float* queries, std::span<const int64_t> wanted,
             const QueryThresholds& thresholds, const ScanKernels& kernels,
             std::span<int64_t> reached)
      : rows_(rows),
        queries_(queries),
        wanted_(wanted),
        thresholds_(thresholds),
        kernels_(kernels),
        reached_(reached) {
    make_panel();
    make_slots();
  }

  void run() {
    std::vector<float> sums(static_cast<size_t>(kBlockRows * width_));
    for (int64_t first = 0; slots_ > 0 && first < rows_.rows; first += kBlockRows) {
      const RowBlock block{reinterpret_cast<const uint8_t*>(rows_.row(first)), rows_.dim * 4,
                           std::min(kBlockRows, rows_.rows - first), rows_.dim};
      kernels_.many[static_cast<size_t>(RowType::f32)](block, panel_.cells.data(), panel_.vectors,
                                                       panel_.offsets.data(), sums.data());
      std::ranges::fill(counts_, 0);
      for (int64_t r = 0; r < block.count; ++r) count_row(first + r, sums.data() + r * width_);
      add_counts();
    }
  }

 private:
  const float* query(size_t lane) const { return queries_ + wanted_[lane] * rows_.dim; }
  double similarity(size_t lane, int64_t row) const {
    const auto dim = static_cast<size_t>(rows_.dim);
    return exact_dot({query(lane), dim}, {rows_.row(row), dim});
  }
  size_t begin(size_t lane) const { return thresholds_.begin[static_cast<size_t>(wanted_[lane])]; }
  int64_t threshold_count(size_t lane) const {
    const auto q = static_cast<size_t>(wanted_[lane]);
    return static_cast<int64_t>(thresholds_.begin[q + 1] - thresholds_.begin[q]);
  }

  void make_panel() {
    const int64_t stride = (rows_.dim + 15) / 16 * 16;
    std::vector<uint32_t> cells(wanted_.size() * static_cast<size_t>(stride));
    std::vector<int32_t> offsets(wanted_.size());
    std::vector<QueryCodes> codes;
    for (size_t i = 0; i < wanted_.size(); ++i) {
      codes.push_back(encode_query(query(i), rows_.dim, RowType::f32, kernels_.code_offset, 1,
                                   stride, cells.data() + i * static_cast<size_t>(stride),
                                   &offsets[i]));
      bounds_.push_back(bound_estimates(codes.back(), query(i), rows_, RowType::f32, nullptr));
    }
    panel_ = std::move(make_panels(codes, cells, offsets, stride, rows_.dim, 1, kernels_).front());
    width_ = panel_.vectors * kernels_.lanes;
  }

  void make_slots() {
    for (size_t i = 0; i < wanted_.size(); ++i) slots_ = std::max(slots_, threshold_count(i));
    const auto size = static_cast<size_t>(slots_ * width_);
    low_.assign(size, HUGE_VALF);  // no estimate reaches a slot without a threshold
    high_.assign(size, HUGE_VALF);
    counts_.assign(size, 0);
    for (size_t i = 0; i < wanted_.size(); ++i) {
      for (int64_t s = 0; s < threshold_count(i); ++s) {
        const size_t at = begin(i) + static_cast<size_t>(s);
        const double threshold = thresholds_.similarity[at], error = bounds_[i].error * kUp;
        reached_[at] = bounds_[i].usable ? 0 : count_in_double(i, threshold);
        if (!bounds_[i].usable) continue;
        low_[slot(s, i)] = float_below(threshold - error);
        high_[slot(s, i)] = float_above(threshold + error);
      }
    }
  }

  size_t slot(int64_t s, size_t lane) const { return static_cast<size_t>(s * width_) + lane; }

  int64_t count_in_double(size_t lane, double threshold) const {
    int64_t count = 0;
    for (int64_t r = 0; r < rows_.rows; ++r) count += similarity(lane, r) >= threshold;
    return count;
  }

  void count_row(int64_t row, const float* sums) {
    for (int64_t s = 0; s < slots_; ++s) {
      const float* low = low_.data() + s * width_;
      const float* high = high_.data() + s * width_;
      int32_t* counts = counts_.data() + s * width_;
      int32_t near = 0;
      for (int64_t lane = 0; lane < width_; ++lane) {
        counts[lane] += sums[lane] > high[lane];
        near |= (sums[lane] >= low[lane]) & (sums[lane] <= high[lane]);
      }
      if (near != 0) decide_in_double(row, s, sums);
    }
  }

  // The lanes of a row whose estimates are too near to the threshold.
  void decide_in_double(int64_t row, int64_t s, const float* sums) {
    for (size_t lane = 0; lane < wanted_.size(); ++lane) {
      const size_t at = slot(s, lane);
      // An unusable query is already counted, and its estimates may be infinite or NaN.
      if (!bounds_[lane].usable || s >= threshold_count(lane) || sums[lane] < low_[at] ||
          sums[lane] > high_[at]) {
        continue;
      }
      const double threshold = thresholds_.similarity[begin(lane) + static_cast<size_t>(s)];
      counts_[at] += similarity(lane, row) >= threshold;
    }
  }

  void add_counts() {
    for (size_t lane = 0; lane < wanted_.size(); ++lane) {
      for (int64_t s = 0; s < threshold_count(lane); ++s)
        reached_[begin(lane) + static_cast<size_t>(s)] += counts_[slot(s, lane)];
    }
  }

  const FullRows& rows_;
  const float* queries_;
  std::span<const int64_t> wanted_;
  const QueryThresholds& thresholds_;
  const ScanKernels& kernels_;
  std::span<int64_t> reached_;
  std::vector<QueryBound> bounds_;
  Panel panel_;
  int64_t width_ = 0, slots_ = 0;
  // (slots, width): rows with an estimate below low_ do not reach the threshold, those above high_
  // do.
  std::vector<float> low_, high_;
  std::vector<int32_t> counts_;  // (slots, width) of the current block
};

}  // namespace

void count_reaching(const FullRows& rows, const float* queries, std::span<const int64_t> wanted,
                    const QueryThresholds& thresholds, const ScanKernels& kernels,
                    std::span<int64_t> reached) {
  const int64_t lanes = kernels.panel_vectors * kernels.lanes;
  const auto count = static_cast<int64_t>(wanted.size());
  parallel_for((count + lanes - 1) / lanes, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto part = wanted.subspan(static_cast<size_t>(i * lanes),
                                       static_cast<size_t>(std::min(lanes, count - i * lanes)));
      PanelCount(rows, queries, part, thresholds, kernels, reached).run();
    }
  });
}

}  // namespace sightline::index
