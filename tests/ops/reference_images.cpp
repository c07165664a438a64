// The definitions of the operations on images (B, H, W, C).
#include <algorithm>
#include <cmath>

#include "reference.h"

namespace sightline::test {
namespace {

// x at (b, row, column, channel).
struct Image {
  explicit Image(const Tensor& x)
      : data(x.data<float>()), height(x.dim(1)), width(x.dim(2)), channels(x.dim(3)) {}
  bool inside(int64_t row, int64_t column) const {
    return row >= 0 && row < height && column >= 0 && column < width;
  }
  double at(int64_t b, int64_t row, int64_t column, int64_t c) const {
    return data[((b * height + row) * width + column) * channels + c];
  }
  const float* data;
  int64_t height, width, channels;
};

}  // namespace

Doubles reference_convolution(const Tensor& x, const ConvolutionSpec& spec, Activation activation,
                              const Tensor& residual) {
  const Image in(x);
  const int64_t out = spec.weight.dim(0), kernel = spec.weight.dim(2);
  const int64_t height = (in.height + 2 * spec.padding - kernel) / spec.stride + 1;
  const int64_t width = (in.width + 2 * spec.padding - kernel) / spec.stride + 1;
  Doubles y;
  for (int64_t i = 0; i < x.dim(0) * height * width; ++i) {
    const int64_t b = i / (height * width), row = i / width % height, column = i % width;
    for (int64_t n = 0; n < out; ++n) {
      double sum = spec.bias.defined() ? spec.bias.data<float>()[n] : 0.0;
      for (int64_t r = 0; r < kernel * kernel; ++r) {
        const int64_t from_row = row * spec.stride - spec.padding + r / kernel;
        const int64_t from_column = column * spec.stride - spec.padding + r % kernel;
        if (!in.inside(from_row, from_column)) continue;
        for (int64_t k = 0; k < spec.weight.dim(1); ++k) {
          sum += in.at(b, from_row, from_column, spec.depthwise ? n / spec.multiplier : k) *
                 spec.weight.data<float>()[(n * spec.weight.dim(1) + k) * kernel * kernel + r];
        }
      }
      if (spec.norm.gamma.defined()) {
        const BatchNorm& norm = spec.norm;
        sum = (sum - norm.mean.data<float>()[n]) /
                  std::sqrt(static_cast<double>(norm.variance.data<float>()[n]) + norm.eps) *
                  norm.gamma.data<float>()[n] +
              norm.beta.data<float>()[n];
      }
      if (residual.defined()) sum += residual.data<float>()[i * out + n];
      y.push_back(activate(sum, activation));
    }
  }
  return y;
}

Doubles reference_average_pool(const Tensor& x, int64_t side) {
  const Image in(x);
  Doubles y;
  for (int64_t b = 0; b < x.dim(0); ++b) {
    for (int64_t row = 0; row + side <= in.height; row += side) {
      for (int64_t column = 0; column + side <= in.width; column += side) {
        for (int64_t c = 0; c < in.channels; ++c) {
          double sum = 0;
          for (int64_t i = 0; i < side; ++i) {
            for (int64_t j = 0; j < side; ++j) sum += in.at(b, row + i, column + j, c);
          }
          y.push_back(sum / static_cast<double>(side * side));
        }
      }
    }
  }
  return y;
}

Doubles reference_max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) {
  const Image in(x);
  Doubles y;
  for (int64_t b = 0; b < x.dim(0); ++b) {
    for (int64_t row = -padding; row + side <= in.height + padding; row += stride) {
      for (int64_t column = -padding; column + side <= in.width + padding; column += stride) {
        for (int64_t c = 0; c < in.channels; ++c) {
          double largest = -INFINITY;
          for (int64_t i = row; i < row + side; ++i) {
            for (int64_t j = column; j < column + side; ++j) {
              if (in.inside(i, j)) largest = std::max(largest, in.at(b, i, j, c));
            }
          }
          y.push_back(largest);
        }
      }
    }
  }
  return y;
}

Doubles reference_mean_pool(const Tensor& x, const std::vector<int32_t>& lengths) {
  const int64_t batch = x.dim(0), channels = x.dim(-1), count = x.count() / (batch * channels);
  Doubles y;
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t here = lengths.empty() ? count : lengths[static_cast<size_t>(b)];
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (int64_t t = 0; t < here; ++t) sum += x.data<float>()[(b * count + t) * channels + c];
      y.push_back(sum / static_cast<double>(here));
    }
  }
  return y;
}

// Attention over all positions with the query in each sequence's first row.
Doubles reference_single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads) {
  const int64_t batch = q.dim(0), channels = q.dim(1), positions = kv.dim(1);
  Tensor qkv({batch, positions, 3 * channels}, DType::f32);
  for (int64_t row = 0; row < batch * positions; ++row) {
    float* const to = qkv.data<float>() + row * 3 * channels;
    std::copy_n(q.data<float>() + row / positions * channels, channels, to);
    std::copy_n(kv.data<float>() + row * 2 * channels, 2 * channels, to + channels);
  }
  const Doubles all = reference_attention(qkv, heads, false);
  Doubles y;
  for (int64_t b = 0; b < batch; ++b) {
    const auto first = all.begin() + b * positions * channels;
    y.insert(y.end(), first, first + channels);
  }
  return y;
}

}  // namespace sightline::test
