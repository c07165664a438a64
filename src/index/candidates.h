// The rows that may still be among the k best of one query.
#pragma once

#include <sightline/index.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "index/segments.h"

namespace sightline::index {

// A row whose inner product with the query lies in [lower, upper].
struct Candidate {
  int64_t row;
  double lower, upper;
};

// Keeps every candidate whose upper bound reaches the k-th best lower bound and `floor`. Memory is
// bounded: where bounds are too wide to separate candidates (or rows are equal), the candidates are
// rescored in double and all but the k best dropped. The query and the rows must outlive the
// object.
class Candidates {
 public:
  Candidates(const Segments& rows, const float* query, int64_t keep,
             double floor = -std::numeric_limits<double>::infinity());

  // Returns whether threshold() rose.
  bool add(const Candidate& candidate) {
    list_.push_back(candidate);
    return static_cast<int64_t>(list_.size()) >= limit_ && shrink();
  }

  // A lower bound of the k-th best inner product, or `floor` while fewer than k reach it.
  double threshold() const { return threshold_; }
  int64_t rescored() const { return rescored_; }

  // Adds the candidates of another part of the rows.
  void merge(Candidates&& other);
  // The k best of those that reach `floor`, in order.
  std::vector<Hit> best();

 private:
  bool shrink();
  void raise_threshold();
  void rescore();
  void exact(Candidate* first, int64_t count);

  const Segments* rows_;
  const float* query_;
  int64_t keep_;
  int64_t limit_;
  double floor_;
  double threshold_;
  int64_t rescored_ = 0;
  std::vector<Candidate> list_;
  std::vector<double> scratch_;
};

}  // namespace sightline::index
