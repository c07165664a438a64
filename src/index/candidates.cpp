#include "index/candidates.h"

#include <algorithm>

#include "index/exact_dot.h"

namespace sightline::index {
namespace {

// The number of candidates at which the list is first pruned, and the largest it may grow to.
int64_t first_limit(int64_t keep) {
  return 2 * keep + 64;
}
int64_t last_limit(int64_t keep) {
  return 4 * keep + 4096;
}

bool is_exact(const Candidate& c) {
  return c.lower == c.upper;
}

}  // namespace

Candidates::Candidates(const Segments& rows, const float* query, int64_t keep, double floor)
    : rows_(&rows),
      query_(query),
      keep_(keep),
      limit_(first_limit(keep)),
      floor_(floor),
      threshold_(floor) {}

void Candidates::raise_threshold() {
  if (static_cast<int64_t>(list_.size()) >= keep_ && keep_ > 0) {
    scratch_.clear();
    for (const Candidate& c : list_) scratch_.push_back(c.lower);
    const auto kth = scratch_.begin() + static_cast<ptrdiff_t>(keep_ - 1);
    std::nth_element(scratch_.begin(), kth, scratch_.end(), std::greater<>());
    threshold_ = std::max(threshold_, *kth);
  }
  std::erase_if(list_, [&](const Candidate& c) { return c.upper < threshold_; });
}

bool Candidates::shrink() {
  const double before = threshold_;
  raise_threshold();
  if (static_cast<int64_t>(list_.size()) > limit_ / 2) {
    if (2 * limit_ <= last_limit(keep_)) {
      limit_ *= 2;
    } else {
      rescore();
    }
  }
  return threshold_ > before;
}

void Candidates::exact(Candidate* first, int64_t count) {
  const int64_t dim = rows_->dim();
  std::vector<float> widened(rows_->has_half() ? static_cast<size_t>(kDotRows * dim) : 0);
  for (int64_t i = 0; i < count; i += kDotRows) {
    const int64_t here = std::min<int64_t>(kDotRows, count - i);
    const float* rows[kDotRows];
    double sums[kDotRows];
    for (int64_t j = 0; j < kDotRows; ++j) {
      const int64_t row = first[i + std::min(j, here - 1)].row;
      rows[j] = rows_->row(row, widened.empty() ? nullptr : widened.data() + j * dim);
    }
    exact_dots(query_, dim, rows, sums);
    for (int64_t j = 0; j < here; ++j) first[i + j].lower = first[i + j].upper = sums[j];
  }
  rescored_ += count;
}

// Computes all candidates in double and keeps the `keep` best. Dropping rows of equal similarity
// and larger index is final: later candidates cannot improve their rank.
void Candidates::rescore() {
  const auto inexact = std::partition(list_.begin(), list_.end(), is_exact);
  exact(list_.data() + (inexact - list_.begin()), list_.end() - inexact);
  const auto order = [](const Candidate& a, const Candidate& b) {
    return better({a.row, a.lower}, {b.row, b.lower});
  };
  if (static_cast<int64_t>(list_.size()) > keep_) {
    std::nth_element(list_.begin(), list_.begin() + static_cast<ptrdiff_t>(keep_), list_.end(),
                     order);
    list_.resize(static_cast<size_t>(keep_));
  }
  raise_threshold();
}

void Candidates::merge(Candidates&& other) {
  threshold_ = std::max(threshold_, other.threshold_);
  rescored_ += other.rescored_;
  list_.insert(list_.end(), other.list_.begin(), other.list_.end());
}

std::vector<Hit> Candidates::best() {
  raise_threshold();
  // In order of falling upper bounds; stops once `keep` hits are better than the next bound.
  std::sort(list_.begin(), list_.end(), [](const Candidate& a, const Candidate& b) {
    return a.upper != b.upper ? a.upper > b.upper : a.row < b.row;
  });
  std::vector<Hit> heap;  // the worst on top
  const auto count = static_cast<int64_t>(list_.size());
  for (int64_t i = 0; i < count; i += kDotRows) {
    const bool full = static_cast<int64_t>(heap.size()) == keep_;
    if (full && (keep_ == 0 || list_[static_cast<size_t>(i)].upper < heap.front().similarity))
      break;
    const int64_t here = std::min<int64_t>(kDotRows, count - i);
    exact(list_.data() + i, here);
    for (int64_t j = 0; j < here; ++j) {
      const Candidate& c = list_[static_cast<size_t>(i + j)];
      const Hit hit{c.row, c.lower};
      if (hit.similarity < floor_) continue;
      if (static_cast<int64_t>(heap.size()) == keep_) {
        if (!better(hit, heap.front())) continue;
        std::pop_heap(heap.begin(), heap.end(), better);
        heap.back() = hit;
      } else {
        heap.push_back(hit);
      }
      std::push_heap(heap.begin(), heap.end(), better);
    }
  }
  std::sort_heap(heap.begin(), heap.end(), better);
  return heap;
}

}  // namespace sightline::index
