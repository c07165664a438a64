#include "unit/encode/transformer_reference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace sightline::test {
namespace {

double activate(double x, Activation activation) {
  switch (activation) {
    case Activation::gelu:
      return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
    case Activation::gelu_tanh:
      return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::quick_gelu:
      return x / (1 + std::exp(-1.702 * x));
    default:
      return x;
  }
}

// Each query of q over all of k and v, or over those up to its own position.
Rows attention(const Rows& q, const Rows& k, const Rows& v, int64_t heads, bool causal) {
  const size_t width = q[0].size() / static_cast<size_t>(heads);
  Rows y(q.size(), std::vector<double>(q[0].size()));
  for (size_t t = 0; t < q.size(); ++t) {
    const size_t visible = causal ? t + 1 : k.size();
    for (size_t begin = 0; begin < q[0].size(); begin += width) {
      std::vector<double> weights(visible);
      double sum = 0;
      for (size_t s = 0; s < visible; ++s) {
        double score = 0;
        for (size_t c = begin; c < begin + width; ++c) score += q[t][c] * k[s][c];
        sum += weights[s] = std::exp(score / std::sqrt(static_cast<double>(width)));
      }
      for (size_t s = 0; s < visible; ++s) {
        for (size_t c = begin; c < begin + width; ++c) y[t][c] += weights[s] / sum * v[s][c];
      }
    }
  }
  return y;
}

Rows add(Rows a, const Rows& b) {
  for (size_t t = 0; t < a.size(); ++t) {
    for (size_t c = 0; c < a[t].size(); ++c) a[t][c] += b[t][c];
  }
  return a;
}

Rows feed_forward(const RandomParameters& p, const std::string& name, Rows x,
                  Activation activation) {
  Rows hidden = reference_linear(p, name + ".fc1", x);
  for (auto& row : hidden) {
    for (double& value : row) value = activate(value, activation);
  }
  return reference_linear(p, name + ".fc2", hidden);
}

std::vector<double> pool(const RandomParameters& p, const std::string& head,
                         const TransformerConfig& config, const Rows& x) {
  if (config.pooling == PoolingKind::first) return x.front();
  if (config.pooling == PoolingKind::last) return x.back();
  if (config.pooling == PoolingKind::mean) {
    std::vector<double> mean(x[0].size());
    for (const auto& row : x) {
      for (size_t c = 0; c < row.size(); ++c) mean[c] += row[c] / static_cast<double>(x.size());
    }
    return mean;
  }
  const Tensor& probe = p.at(head + ".probe");
  const Rows query = {{probe.data<float>(), probe.data<float>() + probe.count()}};
  const std::string name = head + ".attention.";
  const Rows y =
      reference_linear(p, name + "out_proj",
                       attention(reference_linear(p, name + "q_proj", query),
                                 reference_linear(p, name + "k_proj", x),
                                 reference_linear(p, name + "v_proj", x), config.heads, false));
  const Rows normal = reference_norm(p, head + ".layernorm", y, static_cast<double>(config.eps));
  return add(y, feed_forward(p, head + ".mlp", normal, config.activation))[0];
}

}  // namespace

Tensor RandomParameters::take(const std::string& name, const Shape& shape) {
  std::mt19937 random(static_cast<uint32_t>(std::hash<std::string>()(name)));
  const bool gain = name.find("norm") != std::string::npos && name.ends_with("weight");
  const bool matrix = shape.size() >= 2 && name.ends_with("weight");
  const double inputs = static_cast<double>(element_count(shape)) / static_cast<double>(shape[0]);
  const double scale = matrix && !name.ends_with("embedding.weight") ? 1 / std::sqrt(inputs) : 0.5;
  Tensor tensor(shape, DType::f32);
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const double value = (static_cast<double>(random()) * 0x1p-31 - 1) * scale;
    tensor.data<float>()[i] = static_cast<float>(gain ? 1 + 0.2 * value : value);
  }
  tensors_[name] = tensor;
  return tensor;
}

Rows reference_linear(const RandomParameters& p, const std::string& name, const Rows& x) {
  const Tensor& weight = p.at(name + ".weight");
  const auto out = static_cast<size_t>(weight.dim(0)), in = x[0].size();
  Rows y(x.size(), std::vector<double>(out));
  for (size_t t = 0; t < x.size(); ++t) {
    for (size_t n = 0; n < out; ++n) {
      if (p.contains(name + ".bias")) y[t][n] = p.at(name + ".bias").data<float>()[n];
      for (size_t k = 0; k < in; ++k)
        y[t][n] += x[t][k] * static_cast<double>(weight.data<float>()[n * in + k]);
    }
  }
  return y;
}

Rows reference_norm(const RandomParameters& p, const std::string& name, const Rows& x, double eps) {
  Rows y = x;
  for (auto& row : y) {
    double mean = 0, variance = 0;
    for (const double value : row) mean += value / static_cast<double>(row.size());
    for (const double value : row)
      variance += (value - mean) * (value - mean) / static_cast<double>(row.size());
    for (size_t c = 0; c < row.size(); ++c) {
      row[c] =
          (row[c] - mean) / std::sqrt(variance + eps) * p.at(name + ".weight").data<float>()[c] +
          p.at(name + ".bias").data<float>()[c];
    }
  }
  return y;
}

std::vector<double> reference_transformer(const RandomParameters& p, const ReferenceNames& names,
                                          const TransformerConfig& config, Rows x) {
  const auto eps = static_cast<double>(config.eps);
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string name = names.layers + "." + std::to_string(i);
    const Rows normal = reference_norm(p, name + ".layer_norm1", x, eps);
    const auto part = [&](const char* which) {
      return reference_linear(p, name + ".self_attn." + which, normal);
    };
    const Rows mixed =
        attention(part("q_proj"), part("k_proj"), part("v_proj"), config.heads, config.causal);
    x = add(x, reference_linear(p, name + ".self_attn.out_proj", mixed));
    x = add(x, feed_forward(p, name + ".mlp", reference_norm(p, name + ".layer_norm2", x, eps),
                            config.activation));
  }
  if (config.norm_after_pooling)
    return reference_norm(p, names.norm, {pool(p, names.head, config, x)}, eps)[0];
  return pool(p, names.head, config, reference_norm(p, names.norm, x, eps));
}

}  // namespace sightline::test
