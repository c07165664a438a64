#include "reference.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/plugin.h"

namespace sightline::test {

Tensor random_tensor(const Shape& shape, uint32_t seed, float scale) {
  Tensor tensor(shape, DType::f32);
  float* out = tensor.data<float>();
  std::mt19937 random(seed);
  // Sums of four uniform values, equal in every standard library.
  for (int64_t i = 0; i < tensor.count(); ++i) {
    float sum = 0;
    for (int k = 0; k < 4; ++k) sum += static_cast<float>(random() >> 8) * 0x1p-24f;
    out[i] = (sum - 2.f) * 1.732f * scale;
  }
  return tensor;
}

std::unique_ptr<Ops> torch_or_null() {
  return plugin_exists("torch") ? create_ops(Backend::torch) : nullptr;
}

Difference difference(const Tensor& a, const Tensor& b) {
  const float* values = b.data<float>();
  return difference(a, Doubles(values, values + b.count()));
}

Difference difference(const Tensor& a, const Doubles& b) {
  if (a.count() != static_cast<int64_t>(b.size())) return {INFINITY, -1};
  Difference worst;
  for (int64_t i = 0; i < a.count(); ++i) {
    const double d = std::abs(static_cast<double>(a.data<float>()[i]) - b[i]);
    if (!(d <= worst.largest)) worst = {std::isnan(d) ? INFINITY : d, i};
  }
  return worst;
}

std::vector<int64_t> sample_rows(int64_t rows, int64_t most) {
  std::vector<int64_t> chosen;
  const int64_t count = std::min(rows, most);
  for (int64_t i = 0; i < count; ++i) {
    chosen.push_back(count == 1 ? 0 : i * (rows - 1) / (count - 1));
  }
  return chosen;
}

Tensor take_rows(const Tensor& x, const std::vector<int64_t>& rows) {
  const int64_t width = x.dim(-1);
  Tensor taken({static_cast<int64_t>(rows.size()), width}, DType::f32);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(x.data<float>() + rows[i] * width, width,
                taken.data<float>() + static_cast<int64_t>(i) * width);
  }
  return taken;
}

double activate(double x, Activation activation) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::gelu:
      return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
    case Activation::gelu_tanh:
      return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::quick_gelu:
      return x / (1 + std::exp(-1.702 * x));
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::relu6:
      return std::clamp(x, 0.0, 6.0);
  }
  return x;
}

Doubles reference_linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         Activation activation, const Tensor& residual) {
  const int64_t n_count = weight.dim(0);
  const int64_t k_count = weight.dim(1);
  const int64_t rows = x.count() / k_count;
  Doubles y(static_cast<size_t>(rows * n_count));
  for (int64_t m = 0; m < rows; ++m) {
    for (int64_t n = 0; n < n_count; ++n) {
      double sum = bias.defined() ? bias.data<float>()[n] : 0.0;
      for (int64_t k = 0; k < k_count; ++k) {
        sum += static_cast<double>(x.data<float>()[m * k_count + k]) *
               weight.data<float>()[n * k_count + k];
      }
      sum = activate(sum, activation);
      if (residual.defined()) sum += residual.data<float>()[m * n_count + n];
      y[m * n_count + n] = sum;
    }
  }
  return y;
}

Doubles reference_layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
  const int64_t width = x.dim(-1);
  Doubles y(static_cast<size_t>(x.count()));
  for (int64_t start = 0; start < x.count(); start += width) {
    const float* row = x.data<float>() + start;
    double mean = 0;
    for (int64_t c = 0; c < width; ++c) mean += row[c] / static_cast<double>(width);
    double variance = 0;
    for (int64_t c = 0; c < width; ++c) {
      variance += (row[c] - mean) * (row[c] - mean) / static_cast<double>(width);
    }
    for (int64_t c = 0; c < width; ++c) {
      y[start + c] = (row[c] - mean) / std::sqrt(variance + eps) * gamma.data<float>()[c] +
                     beta.data<float>()[c];
    }
  }
  return y;
}

Doubles packed_rows(const Doubles& x, const std::vector<int32_t>& lengths, int64_t positions,
                    int64_t channels) {
  Doubles packed;
  for (size_t b = 0; b < lengths.size(); ++b) {
    const auto first = x.begin() + static_cast<int64_t>(b) * positions * channels;
    packed.insert(packed.end(), first, first + lengths[b] * channels);
  }
  return packed;
}

Tensor packed_rows(const Tensor& x, const std::vector<int32_t>& lengths) {
  const int64_t channels = x.dim(2);
  const Doubles rows = packed_rows(Doubles(x.data<float>(), x.data<float>() + x.count()), lengths,
                                   x.dim(1), channels);
  Tensor packed({static_cast<int64_t>(rows.size()) / channels, channels}, DType::f32);
  std::transform(rows.begin(), rows.end(), packed.data<float>(),
                 [](double value) { return static_cast<float>(value); });
  return packed;
}

std::vector<int32_t> offsets_of(const std::vector<int32_t>& lengths) {
  if (lengths.empty()) return {};
  std::vector<int32_t> offsets = {0};
  for (const int32_t length : lengths) offsets.push_back(offsets.back() + length);
  return offsets;
}

namespace {

// bias: undefined, or (G, H, P, P).
Doubles attend(const Tensor& qkv, int64_t heads, bool causal, const Tensor& bias, double scale,
               const std::vector<int32_t>& lengths) {
  const int64_t batch = qkv.dim(0);
  const int64_t positions = qkv.dim(1);
  const int64_t channels = qkv.dim(2) / 3;
  const int64_t width = channels / heads;
  Doubles y(static_cast<size_t>(batch * positions * channels), 0.0);
  Doubles weights(static_cast<size_t>(positions));
  const auto at = [&](int64_t b, int64_t t, int64_t part, int64_t c) {
    return static_cast<double>(qkv.data<float>()[((b * positions + t) * 3 + part) * channels + c]);
  };
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t here = lengths.empty() ? positions : lengths[static_cast<size_t>(b)];
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t t = 0; t < here; ++t) {
        const int64_t seen = causal ? t + 1 : here;
        double largest = -INFINITY;
        for (int64_t j = 0; j < seen; ++j) {
          double score = 0;
          for (int64_t c = h * width; c < (h + 1) * width; ++c) {
            score += at(b, t, 0, c) * at(b, j, 1, c);
          }
          weights[j] = score * scale;
          if (bias.defined()) {
            const int64_t side = bias.dim(3), head = b % bias.dim(0) * heads + h;
            weights[j] += bias.data<float>()[(head * side + t) * side + j];
          }
          largest = std::max(largest, weights[j]);
        }
        double sum = 0;
        for (int64_t j = 0; j < seen; ++j) sum += weights[j] = std::exp(weights[j] - largest);
        for (int64_t c = h * width; c < (h + 1) * width; ++c) {
          double value = 0;
          for (int64_t j = 0; j < seen; ++j) value += weights[j] * at(b, j, 2, c);
          y[(b * positions + t) * channels + c] = value / sum;
        }
      }
    }
  }
  return y;
}

}  // namespace

Doubles reference_attention(const Tensor& qkv, int64_t heads, bool causal,
                            const std::vector<int32_t>& lengths) {
  const double width = static_cast<double>(qkv.dim(2) / 3 / heads);
  return attend(qkv, heads, causal, {}, 1 / std::sqrt(width), lengths);
}

Doubles reference_biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias,
                                   double scale, const std::vector<int32_t>& lengths) {
  return attend(qkv, heads, false, bias, scale, lengths);
}

Doubles reference_patch_embed(const Tensor& pixels, const Tensor& weight, int64_t patch_size) {
  const int64_t batch = pixels.dim(0);
  const int64_t side = pixels.dim(3);
  const int64_t grid = side / patch_size;
  const int64_t channels = weight.dim(0);
  Doubles y;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t patch = 0; patch < grid * grid; ++patch) {
      const int64_t top = patch / grid * patch_size;
      const int64_t left = patch % grid * patch_size;
      for (int64_t n = 0; n < channels; ++n) {
        double sum = 0;
        for (int64_t i = 0; i < 3 * patch_size * patch_size; ++i) {
          const int64_t colour = i / (patch_size * patch_size);
          const int64_t row = top + i / patch_size % patch_size;
          const int64_t column = left + i % patch_size;
          sum += static_cast<double>(
                     pixels.data<float>()[((b * 3 + colour) * side + row) * side + column]) *
                 weight.data<float>()[n * 3 * patch_size * patch_size + i];
        }
        y.push_back(sum);
      }
    }
  }
  return y;
}

}  // namespace sightline::test
