#include "report/density.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/quantile.h"

namespace sightline {
namespace {

std::vector<double> finite_sorted(const std::vector<double>& values) {
  std::vector<double> out;
  for (const double v : values) {
    if (std::isfinite(v)) out.push_back(v);
  }
  std::sort(out.begin(), out.end());
  return out;
}

double deviation_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / n;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / n);
}

double bandwidth(const std::vector<double>& sorted, double low, double high) {
  const auto n = static_cast<double>(sorted.size());
  const double deviation = deviation_of(sorted);
  const double spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.34;
  const double width = spread > 0 ? std::min(deviation, spread) : deviation;
  return std::max(0.9 * width * std::pow(n, -0.2), (high - low) / 400);
}

}  // namespace

Curve density_curve(const std::vector<double>& values, double low, double high, int points) {
  Curve curve;
  const std::vector<double> sorted = finite_sorted(values);
  if (sorted.empty() || points < 2) return curve;
  const double h = bandwidth(sorted, low, high);
  const double scale =
      1 / (static_cast<double>(sorted.size()) * h * std::sqrt(2 * std::numbers::pi));
  for (int i = 0; i < points; ++i) {
    const double x = low + (high - low) * i / (points - 1);
    // Beyond 8 bandwidths a Gaussian is negligible in double. `sorted` makes the rest contiguous.
    const auto begin = std::lower_bound(sorted.begin(), sorted.end(), x - 8 * h);
    const auto end = std::upper_bound(begin, sorted.end(), x + 8 * h);
    double sum = 0;
    for (auto at = begin; at != end; ++at) {
      const double z = (x - *at) / h;
      sum += std::exp(-z * z / 2);
    }
    curve.x.push_back(x);
    curve.y.push_back(sum * scale);
  }
  return curve;
}

Curve histogram(const std::vector<double>& values, double low, double high, int bins) {
  Curve curve;
  const std::vector<double> sorted = finite_sorted(values);
  if (sorted.empty() || bins < 1 || !(high > low)) return curve;
  const double width = (high - low) / bins;
  curve.y.assign(static_cast<size_t>(bins), 0.0);
  for (int i = 0; i < bins; ++i) curve.x.push_back(low + (i + 0.5) * width);
  for (const double v : sorted) {
    if (v < low || v > high) continue;
    const int bin = std::min(bins - 1, static_cast<int>((v - low) / width));
    curve.y[static_cast<size_t>(bin)] += 1 / (static_cast<double>(sorted.size()) * width);
  }
  return curve;
}

Range common_range(const std::vector<const std::vector<double>*>& sets) {
  double low = INFINITY, high = -INFINITY;
  for (const auto* set : sets) {
    for (const double v : *set) {
      if (!std::isfinite(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
  if (low > high) return {};
  const double middle = (low + high) / 2, half = std::max(0.01, (high - low) / 2 * 1.12);
  // A cosine is in [-1, 1], up to rounding.
  return {std::max(middle - half, std::min(-1.0, low)),
          std::min(middle + half, std::max(1.0, high))};
}

int histogram_bins(const std::vector<const std::vector<double>*>& sets, const Range& range) {
  constexpr int kMin = 15, kMax = 80;
  double width = (range.high - range.low) / kMin;
  for (const auto* set : sets) {
    const std::vector<double> values = finite_sorted(*set);
    if (values.empty()) continue;
    const double scott =
        3.49 * deviation_of(values) * std::pow(static_cast<double>(values.size()), -1.0 / 3);
    if (scott > 0) width = std::min(width, scott);
  }
  return std::clamp(static_cast<int>(std::ceil((range.high - range.low) / width)), kMin, kMax);
}

}  // namespace sightline
