#include "tune/importance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace sightline {
namespace {

constexpr int kTrees = 64;
constexpr size_t kLeastLeaf = 2;         // observations
constexpr double kTriedShare = 5.0 / 6;  // of the coordinates, at each split

// The part of one coordinate in a box: an interval, or a set of categories.
struct Side {
  double low = 0, high = 1;
  uint64_t categories = 0;

  double size(int count) const {
    return count > 0 ? static_cast<double>(__builtin_popcountll(categories)) / count : high - low;
  }
};

struct Leaf {
  std::vector<Side> box;
  double value = 0;
};

struct Split {
  size_t coordinate = 0;
  double threshold = 0;     // continuous: left where the value is smaller
  uint64_t categories = 0;  // categorical: left where the category is in the set
  double gain = 0;
};

class Tree {
 public:
  Tree(const Observations& data, std::vector<size_t> sample, Random& random)
      : data_(data), random_(random) {
    std::vector<Side> box(data.categories.size());
    for (size_t d = 0; d < box.size(); ++d) {
      const int count = data.categories[d];
      if (count > 0) box[d].categories = count == 64 ? ~0ull : (1ull << count) - 1;
    }
    grow(std::move(sample), std::move(box));
  }

  const std::vector<Leaf>& leaves() const { return leaves_; }

 private:
  uint64_t category(size_t i, size_t d) const {
    const auto c = static_cast<int>(data_.points[i][d] * data_.categories[d]);
    return 1ull << std::clamp(c, 0, data_.categories[d] - 1);
  }

  double mean(const std::vector<size_t>& sample) const {
    double sum = 0;
    for (const size_t i : sample) sum += data_.values[i];
    return sum / static_cast<double>(sample.size());
  }

  // The best cut of the sample in the given order, by the reduction of the squared error.
  // `cut(k)` is whether a cut before element k is possible.
  template <typename Cut>
  std::pair<double, size_t> best_cut(const std::vector<size_t>& order, const Cut& cut) const {
    const auto n = static_cast<double>(order.size());
    double total = 0, left = 0, best = 0;
    size_t at = 0;
    for (const size_t i : order) total += data_.values[i];
    for (size_t k = 1; k < order.size(); ++k) {
      left += data_.values[order[k - 1]];
      if (k < kLeastLeaf || order.size() - k < kLeastLeaf || !cut(k)) continue;
      const auto m = static_cast<double>(k);
      const double right = total - left;
      const double gain = left * left / m + right * right / (n - m) - total * total / n;
      if (gain > best * (1 + 1e-12) + 1e-15) {
        best = gain;
        at = k;
      }
    }
    return {best, at};
  }

  Split continuous(std::vector<size_t> order, size_t d) const {
    std::ranges::stable_sort(order, {}, [&](size_t i) { return data_.points[i][d]; });
    const auto value = [&](size_t k) { return data_.points[order[k]][d]; };
    const auto [gain, at] = best_cut(order, [&](size_t k) { return value(k - 1) < value(k); });
    if (at == 0) return {};
    return {d, (value(at - 1) + value(at)) / 2, 0, gain};
  }

  // Categories in the order of their mean: the best of all subsets is among these cuts (Breiman).
  Split categorical(std::vector<size_t> order, size_t d) const {
    std::vector<double> sum(64), count(64);
    const auto index = [&](size_t i) {
      return static_cast<size_t>(__builtin_ctzll(category(i, d)));
    };
    for (const size_t i : order) {
      sum[index(i)] += data_.values[i];
      count[index(i)] += 1;
    }
    const auto key = [&](size_t i) { return std::pair(sum[index(i)] / count[index(i)], index(i)); };
    std::ranges::stable_sort(order, {}, key);
    const auto [gain, at] =
        best_cut(order, [&](size_t k) { return index(order[k - 1]) != index(order[k]); });
    if (at == 0) return {};
    Split split{d, 0, 0, gain};
    for (size_t k = 0; k < at; ++k) split.categories |= category(order[k], d);
    return split;
  }

  Split best_split(const std::vector<size_t>& sample) {
    std::vector<size_t> tried(data_.categories.size());
    std::iota(tried.begin(), tried.end(), size_t{0});
    random_.shuffle(tried);
    tried.resize(std::max<size_t>(
        1, static_cast<size_t>(std::lround(kTriedShare * static_cast<double>(tried.size())))));
    Split best;
    for (const size_t d : tried) {
      const Split split = data_.categories[d] > 0 ? categorical(sample, d) : continuous(sample, d);
      if (split.gain > best.gain) best = split;
    }
    return best;
  }

  void grow(std::vector<size_t> sample, std::vector<Side> box) {
    const Split split = sample.size() < 2 * kLeastLeaf ? Split{} : best_split(sample);
    if (split.gain <= 0) {
      leaves_.push_back({std::move(box), mean(sample)});
      return;
    }
    const size_t d = split.coordinate;
    const bool categories = data_.categories[d] > 0;
    std::vector<size_t> left, right;
    for (const size_t i : sample) {
      const bool is_left = categories ? (category(i, d) & split.categories) != 0
                                      : data_.points[i][d] < split.threshold;
      (is_left ? left : right).push_back(i);
    }
    std::vector<Side> other = box;
    if (categories) {
      box[d].categories &= split.categories;
      other[d].categories &= ~split.categories;
    } else {
      box[d].high = other[d].low = split.threshold;
    }
    grow(std::move(left), std::move(box));
    grow(std::move(right), std::move(other));
  }

  const Observations& data_;
  Random& random_;
  std::vector<Leaf> leaves_;
};

// The variance over the cube of the mean prediction given coordinate d, and mean and variance of
// the prediction itself.
class Variance {
 public:
  Variance(const std::vector<Leaf>& leaves, const std::vector<int>& categories)
      : leaves_(leaves), categories_(categories) {
    for (const Leaf& leaf : leaves_) {
      volumes_.push_back(volume(leaf, categories_.size()));
      mean_ += leaf.value * volumes_.back();
      square_ += leaf.value * leaf.value * volumes_.back();
    }
  }

  double total() const { return std::max(0.0, square_ - mean_ * mean_); }

  double of(size_t d) const { return categories_[d] > 0 ? of_categories(d) : of_interval(d); }

 private:
  // Of the leaf without coordinate `but`.
  double volume(const Leaf& leaf, size_t but) const {
    double v = 1;
    for (size_t d = 0; d < categories_.size(); ++d)
      if (d != but) v *= leaf.box[d].size(categories_[d]);
    return v;
  }

  double of_categories(size_t d) const {
    double variance = 0;
    for (int c = 0; c < categories_[d]; ++c) {
      double marginal = 0;
      for (const Leaf& leaf : leaves_)
        if (((leaf.box[d].categories >> c) & 1) != 0) marginal += leaf.value * volume(leaf, d);
      variance += (marginal - mean_) * (marginal - mean_) / categories_[d];
    }
    return variance;
  }

  double of_interval(size_t d) const {
    std::vector<double> cuts = {0, 1};
    for (const Leaf& leaf : leaves_) {
      cuts.push_back(leaf.box[d].low);
      cuts.push_back(leaf.box[d].high);
    }
    std::ranges::sort(cuts);
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    double variance = 0;
    for (size_t s = 0; s + 1 < cuts.size(); ++s) {
      double marginal = 0;
      const double middle = (cuts[s] + cuts[s + 1]) / 2;
      for (const Leaf& leaf : leaves_)
        if (leaf.box[d].low < middle && middle < leaf.box[d].high)
          marginal += leaf.value * volume(leaf, d);
      variance += (cuts[s + 1] - cuts[s]) * (marginal - mean_) * (marginal - mean_);
    }
    return variance;
  }

  const std::vector<Leaf>& leaves_;
  const std::vector<int>& categories_;
  std::vector<double> volumes_;
  double mean_ = 0, square_ = 0;
};

}  // namespace

std::vector<VarianceShare> variance_shares(const Observations& data, uint64_t seed) {
  const size_t n = data.values.size(), dimensions = data.categories.size();
  std::vector<std::vector<double>> shares(dimensions);
  for (uint64_t t = 0; t < kTrees && n > 0; ++t) {
    constexpr uint64_t kUse = 0x74726565;
    Random random({seed, kUse, t});
    std::vector<size_t> sample(n);
    for (size_t& i : sample) i = random.below(n);
    const Tree tree(data, std::move(sample), random);
    const Variance variance(tree.leaves(), data.categories);
    const double total = variance.total();
    if (total < 1e-15) continue;
    for (size_t d = 0; d < dimensions; ++d)
      shares[d].push_back(std::clamp(variance.of(d) / total, 0.0, 1.0));
  }
  std::vector<VarianceShare> out(dimensions);
  for (size_t d = 0; d < dimensions; ++d) {
    const auto count = static_cast<double>(shares[d].size());
    if (count == 0) continue;
    for (const double share : shares[d]) out[d].mean += share / count;
    for (const double share : shares[d])
      out[d].deviation += (share - out[d].mean) * (share - out[d].mean) / count;
    out[d].deviation = std::sqrt(out[d].deviation);
  }
  return out;
}

}  // namespace sightline
