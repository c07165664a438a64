// Random segments, and the same vectors as one array for the plain loop.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "index/quantize.h"
#include "index/segments.h"
#include "reference.h"
#include "tensor/tensor.h"

namespace sightline::test {

class MadeSegments {
 public:
  explicit MadeSegments(int64_t dim) : dim_(dim) {}

  struct Options {
    bool half = false;
    bool i8 = false;
    bool bf16 = false;
    double live = 1;  // share of live rows; 1: no mask
  };

  // Adds a segment of these vectors, rounded if they are stored as f16.
  void add(std::vector<float> values, const Options& options, uint64_t seed) {
    Part& part = *parts_.emplace_back(std::make_unique<Part>());
    const auto rows = static_cast<int64_t>(values.size()) / dim_;
    if (options.half) {
      for (float& x : values) {
        part.half.push_back(float_to_half(x));
        x = half_to_float(part.half.back());
      }
    }
    part.values = std::move(values);
    index::FullRows full{part.values.data(), rows, dim_, 0};
    full.max_norm = index::checked_max_norm(part.values.data(), rows, dim_, "rows");
    index::IndexSegment& made = part.segment;
    if (options.i8) {
      part.i8 = index::quantize(full, index::RowType::i8);
      made.i8 = part.i8.view();
    }
    if (options.bf16) {
      part.bf16 = index::quantize(full, index::RowType::bf16);
      made.bf16 = part.bf16.view();
    }
    made.full = full;
    if (options.half) {
      made.full.values = nullptr;
      made.half = part.half.data();
    }
    if (options.live < 1) {
      part.live = make_mask(rows, options.live, seed);
      made.live = part.live.data();
    }
    for (int64_t i = 0; i < rows; ++i) {
      const bool live = options.live >= 1 || bit(part.live, i);
      if (rows_ % 64 == 0) live_.push_back(0);
      live_.back() |= uint64_t{live} << (rows_ % 64);
      ++rows_;
    }
    all_.insert(all_.end(), part.values.begin(), part.values.end());
  }

  std::vector<index::IndexSegment> segments() const {
    std::vector<index::IndexSegment> made;
    for (const auto& part : parts_) made.push_back(part->segment);
    return made;
  }

  int64_t rows() const { return rows_; }
  const std::vector<float>& values() const { return all_; }  // (rows, dim)
  // `mask` without the rows that are not live; empty: all live rows.
  std::vector<uint64_t> live(const std::vector<uint64_t>& mask) const {
    std::vector<uint64_t> both = live_;
    for (size_t w = 0; w < both.size() && !mask.empty(); ++w) both[w] &= mask[w];
    return both;
  }

  std::vector<Hit> expected(const float* query, int64_t k, const std::vector<uint64_t>& mask,
                            double min_similarity) const {
    return reference_search(all_, dim_, query, k, live(mask), min_similarity);
  }

 private:
  struct Part {
    std::vector<float> values;
    std::vector<uint16_t> half;
    index::OwnedQuantizedRows i8, bf16;
    std::vector<uint64_t> live;
    index::IndexSegment segment;
  };

  static bool bit(const std::vector<uint64_t>& mask, int64_t i) {
    return (mask[static_cast<size_t>(i / 64)] >> (i % 64) & 1) != 0;
  }

  int64_t dim_, rows_ = 0;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<float> all_;
  std::vector<uint64_t> live_;
};

}  // namespace sightline::test
