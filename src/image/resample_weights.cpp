#include "image/resample_weights.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "image/resample.h"
#include "image/resample_passes.h"

namespace sightline::image {
namespace {

// Keys' cubic with a = -0.5.
double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::fabs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

double bilinear(double x) {
  x = std::fabs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

// The run of inputs of one output.
struct Run {
  int first;
  int length;
};

// Computes the weights of one output. The order of sums and divisions is Pillow's; another order
// would sometimes round a weight to a neighbouring multiple.
Run compute_weights(int in_size, double scale, double filter_scale, ResizeFilter filter,
                    int out_index, double* weights) {
  const double support = (filter == ResizeFilter::bicubic ? 2.0 : 1.0) * filter_scale;
  const double inverse_scale = 1.0 / filter_scale;
  const double center = (out_index + 0.5) * scale;
  const int first = std::max(0, static_cast<int>(center - support + 0.5));
  const int end = std::min(in_size, static_cast<int>(center + support + 0.5));
  const int length = end - first;
  double total = 0.0;
  for (int i = 0; i < length; ++i) {
    const double x = (i + first - center + 0.5) * inverse_scale;
    weights[i] = filter == ResizeFilter::bicubic ? bicubic(x) : bilinear(x);
    total += weights[i];
  }
  if (total != 0.0) {
    for (int i = 0; i < length; ++i) weights[i] /= total;
  }
  return {first, length};
}

int32_t to_fixed(double weight) {
  const double scaled = weight * (1 << kPrecisionBits);
  return static_cast<int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

}  // namespace

Weights make_weights(int in_size, int out_size, ResizeFilter filter, int begin, int count,
                     bool keep_exact) {
  const double scale = static_cast<double>(in_size) / out_size;
  const double filter_scale = std::max(scale, 1.0);
  const double support = (filter == ResizeFilter::bicubic ? 2.0 : 1.0) * filter_scale;
  // No run has more than ceil(support) * 2 + 1 weights, nor more than the input has elements.
  const int max_taps = static_cast<int>(std::ceil(support)) * 2 + 1;
  std::vector<double> run(static_cast<size_t>(max_taps));
  Weights weights;
  weights.taps = std::min(max_taps, in_size);
  const auto taps = static_cast<size_t>(weights.taps);
  weights.first.resize(static_cast<size_t>(count));
  weights.length.resize(static_cast<size_t>(count));
  weights.fixed.assign(static_cast<size_t>(count) * taps, 0);
  if (keep_exact) weights.exact.assign(static_cast<size_t>(count) * taps, 0.0);
  for (int i = 0; i < count; ++i) {
    const Run made = compute_weights(in_size, scale, filter_scale, filter, begin + i, run.data());
    const auto at = static_cast<size_t>(i);
    weights.first[at] = made.first;
    weights.length[at] = made.length;
    for (int k = 0; k < made.length; ++k) {
      weights.fixed[at * taps + static_cast<size_t>(k)] = to_fixed(run[static_cast<size_t>(k)]);
    }
    if (keep_exact) {
      std::copy_n(run.begin(), made.length,
                  weights.exact.begin() + static_cast<ptrdiff_t>(at * taps));
    }
  }
  return weights;
}

int Weights::begin() const {
  return *std::min_element(first.begin(), first.end());
}

int Weights::end() const {
  int end = 0;
  for (size_t i = 0; i < first.size(); ++i) end = std::max(end, first[i] + length[i]);
  return end;
}

}  // namespace sightline::image
