#include "backend/onednn/pooling.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "backend/onednn/cpu_kernels.h"
#include "backend/onednn/op_checks.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// Rows of output that are worth a thread of their own.
int64_t grain(int64_t floats) { return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, floats)); }

void require_picture(const Tensor& x, const char* op, const char* argument) {
  require_number(x, op, argument);
  require_rank(x, 4, op, argument);
}

[[noreturn]] void bad_windows(const char* op, const Tensor& x, const std::string& windows) {
  throw Error(ErrorCode::invalid_argument,
              std::string(op) + ": " + windows + " do not fit x " + shape_text(x.shape()));
}

float value_of(float number) { return number; }
float value_of(uint16_t bits) { return bfloat16_to_float(bits); }

template <class Number>
void average_windows(const Tensor& x, int64_t side, Tensor& y) {
  const int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  const int64_t out_height = y.dim(1), out_width = y.dim(2);
  const Number* const from = x.data<Number>();
  Number* const to = y.data<Number>();
  const float share = 1.f / static_cast<float>(side * side);
  parallel_for(y.dim(0) * out_height, grain(out_width * channels), [&](int64_t begin, int64_t end) {
    Tensor sums({channels}, DType::f32);
    float* const sum = sums.data<float>();
    for (int64_t row = begin; row < end; ++row) {
      const Number* const top =
          from + (row / out_height * height + row % out_height * side) * width * channels;
      for (int64_t column = 0; column < out_width; ++column) {
        std::fill_n(sum, channels, 0.f);
        for (int64_t cell = 0; cell < side * side; ++cell) {
          const Number* const in =
              top + (cell / side * width + column * side + cell % side) * channels;
          for (int64_t c = 0; c < channels; ++c) sum[c] += value_of(in[c]);
        }
        for (int64_t c = 0; c < channels; ++c) sum[c] *= share;
        Number* const out = to + (row * out_width + column) * channels;
        if constexpr (sizeof(Number) == sizeof(float)) {
          std::memcpy(out, sum, static_cast<size_t>(channels) * sizeof(float));
        } else {
          cpu_kernels().round_to_bf16(sum, channels, out);
        }
      }
    }
  });
}

template <class Number>
void largest_of_windows(const Tensor& x, int64_t side, int64_t stride, int64_t padding, Tensor& y) {
  const int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  const int64_t out_height = y.dim(1), out_width = y.dim(2);
  const Number* const from = x.data<Number>();
  Number* const to = y.data<Number>();
  parallel_for(y.dim(0) * out_height, grain(out_width * channels), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const Number* const picture = from + row / out_height * height * width * channels;
      const int64_t top = row % out_height * stride - padding;
      for (int64_t column = 0; column < out_width; ++column) {
        const int64_t left = column * stride - padding;
        Number* const out = to + (row * out_width + column) * channels;
        bool first = true;
        for (int64_t i = std::max<int64_t>(0, top); i < std::min(height, top + side); ++i) {
          for (int64_t j = std::max<int64_t>(0, left); j < std::min(width, left + side); ++j) {
            const Number* const in = picture + (i * width + j) * channels;
            if (first) {
              std::memcpy(out, in, static_cast<size_t>(channels) * sizeof(Number));
              first = false;
            } else {
              for (int64_t c = 0; c < channels; ++c) {
                out[c] = value_of(in[c]) > value_of(out[c]) ? in[c] : out[c];
              }
            }
          }
        }
      }
    }
  });
}

}  // namespace

Tensor cpu_channels_last(const Tensor& pixels) {
  require_f32(pixels, "channels_last", "pixels");
  require_picture(pixels, "channels_last", "pixels");
  const int64_t channels = pixels.dim(1), height = pixels.dim(2), width = pixels.dim(3);
  Tensor y({pixels.dim(0), height, width, channels}, DType::f32);
  const float* const from = pixels.data<float>();
  float* const to = y.data<float>();
  const int64_t plane = height * width;
  parallel_for(pixels.dim(0) * height, grain(width * channels), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* const source = from + row / height * channels * plane + row % height * width;
      float* target = to + row * width * channels;
      for (int64_t x = 0; x < width; ++x) {
        for (int64_t c = 0; c < channels; ++c) *target++ = source[c * plane + x];
      }
    }
  });
  return y;
}

Tensor cpu_average_pool(const Tensor& x, int64_t side) {
  require_picture(x, "average_pool", "x");
  const int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  if (side < 1 || side > height || side > width) {
    bad_windows("average_pool", x, "windows of side " + std::to_string(side));
  }
  const int64_t out_height = height / side, out_width = width / side;
  Tensor y({x.dim(0), out_height, out_width, channels}, x.dtype());
  if (x.dtype() == DType::bf16) {
    average_windows<uint16_t>(x, side, y);
  } else {
    average_windows<float>(x, side, y);
  }
  return y;
}

Tensor cpu_max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) {
  require_picture(x, "max_pool", "x");
  const int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  // With less padding than side every window has at least one value.
  if (side < 1 || stride < 1 || padding < 0 || padding >= side || side > height + 2 * padding ||
      side > width + 2 * padding) {
    bad_windows("max_pool", x,
                "windows of side " + std::to_string(side) + ", stride " + std::to_string(stride) +
                    " and padding " + std::to_string(padding));
  }
  const int64_t out_height = (height + 2 * padding - side) / stride + 1;
  const int64_t out_width = (width + 2 * padding - side) / stride + 1;
  Tensor y({x.dim(0), out_height, out_width, channels}, x.dtype());
  if (x.dtype() == DType::bf16) {
    largest_of_windows<uint16_t>(x, side, stride, padding, y);
  } else {
    largest_of_windows<float>(x, side, stride, padding, y);
  }
  return y;
}

Tensor cpu_mean_positions(const Tensor& x, Starts starts) {
  require_number(x, "mean_positions", "x");
  const bool packed = !starts.empty();
  if (packed ? x.rank() != 2 : x.rank() < 3) {
    throw Error(ErrorCode::invalid_argument, "mean_positions: x " + shape_text(x.shape()) +
                                                 " has no positions, expected " +
                                                 (packed ? "(R, C)" : "(B, ..., C)"));
  }
  if (packed) require_starts(starts, x.dim(0), x.dim(0), "mean_positions");
  const int64_t batch = packed ? static_cast<int64_t>(starts.size()) - 1 : x.dim(0);
  const int64_t channels = x.dim(-1), each = x.count() / (batch * channels);
  Tensor y({batch, channels}, DType::f32);
  float* const to = y.data<float>();
  parallel_for(batch, grain(each * channels), [&](int64_t begin, int64_t end) {
    // In double: the order of a sum of many positions would show otherwise.
    std::vector<double> sum(static_cast<size_t>(channels));
    for (int64_t b = begin; b < end; ++b) {
      std::fill(sum.begin(), sum.end(), 0.0);
      const int64_t first = packed ? starts[static_cast<size_t>(b)] : b * each;
      const int64_t last = packed ? starts[static_cast<size_t>(b) + 1] : first + each;
      for (int64_t row = first; row < last; ++row) {
        for (int64_t c = 0; c < channels; ++c) {
          const int64_t i = row * channels + c;
          sum[static_cast<size_t>(c)] += x.dtype() == DType::bf16 ? bfloat16_to_float(x.data<uint16_t>()[i])
                                                                   : x.data<float>()[i];
        }
      }
      for (int64_t c = 0; c < channels; ++c) {
        to[b * channels + c] =
            static_cast<float>(sum[static_cast<size_t>(c)] / static_cast<double>(last - first));
      }
    }
  });
  return y;
}

}  // namespace sightline
