// Attention of the torch backend.
#include <sightline/error.h>

#include <cmath>
#include <limits>

#include "backend/torch/torch_guard.h"
#include "backend/torch/torch_ops.h"

namespace sightline {
namespace {

// (B, 1) how many positions each sequence has. Checks them.
at::Tensor length_column(std::span<const int32_t> lengths, const Tensor& x, const at::Device& device, const char* operation) {
  if (static_cast<int64_t>(lengths.size()) != x.dim(0)) {
    bad_shape(operation, std::to_string(lengths.size()) + " lengths for " + shape_text(x.shape()));
  }
  const int64_t most = x.count() / (x.dim(0) * x.dim(-1));
  std::vector<int64_t> values;
  for (const int32_t length : lengths) {
    if (length < 1 || length > most) {
      bad_shape(operation, "a length of " + std::to_string(length) + ", expected 1 to " + std::to_string(most));
    }
    values.push_back(length);
  }
  return at::tensor(values, at::kLong).to(device).reshape({-1, 1});
}

// (B, T): true where there is a position.
at::Tensor presence(const at::Tensor& column, int64_t positions) {
  return at::arange(positions, column.options()).reshape({1, -1}) < column;
}

}  // namespace

Tensor TorchOps::attention(const Tensor& qkv, int64_t heads, bool causal, std::span<const int32_t> lengths) {
  if (qkv.rank() != 3 || heads <= 0 || qkv.dim(2) % (3 * heads) != 0) {
    bad_shape("attention", std::to_string(heads) + " heads do not divide " + shape_text(qkv.shape()));
  }
  const int64_t batch = qkv.dim(0), length = qkv.dim(1), width = qkv.dim(2) / 3, head = width / heads;
  return guarded("attention", [&] {
    // (B, T, 3, H, head) -> three of (B, H, T, head)
    const auto parts = torch_array(qkv).reshape({batch, length, 3, heads, head}).permute({2, 0, 3, 1, 4});
    const auto q = parts[0] * (1.0 / std::sqrt(static_cast<double>(head)));
    at::Tensor scores = at::matmul(q, parts[1].transpose(-2, -1));
    constexpr float kNever = -std::numeric_limits<float>::infinity();
    if (causal) {
      const auto future = at::ones({length, length}, scores.options().dtype(at::kBool)).triu(1);
      scores = scores.masked_fill(future, kNever);
    }
    at::Tensor there;
    if (!lengths.empty()) {
      there = presence(length_column(lengths, qkv, device_, "attention"), length);
      scores = scores.masked_fill(there.logical_not().reshape({batch, 1, 1, length}), kNever);
    }
    at::Tensor mixed = at::matmul(at::softmax(scores, -1), parts[2]).transpose(1, 2).reshape({batch, length, width});
    if (there.defined()) mixed = mixed.masked_fill(there.logical_not().reshape({batch, length, 1}), 0.0);
    return wrap_torch(mixed);
  });
}

Tensor TorchOps::attention_pool(const Tensor& q, const Tensor& kv, int64_t heads) {
  if (q.rank() != 2 || kv.rank() != 3 || heads <= 0 || q.dim(1) % heads != 0 || q.dim(0) != kv.dim(0) ||
      kv.dim(2) != 2 * q.dim(1)) {
    bad_shape("attention_pool", "q " + shape_text(q.shape()) + " and kv " + shape_text(kv.shape()) + " do not fit " +
                                    std::to_string(heads) + " heads");
  }
  const int64_t batch = kv.dim(0), length = kv.dim(1), width = q.dim(1), head = width / heads;
  return guarded("attention_pool", [&] {
    const auto parts = torch_array(kv).reshape({batch, length, 2, heads, head}).permute({2, 0, 3, 1, 4});
    const auto query = torch_array(q).reshape({batch, heads, 1, head}) * (1.0 / std::sqrt(static_cast<double>(head)));
    const auto weights = at::softmax(at::matmul(query, parts[0].transpose(-2, -1)), -1);
    return wrap_torch(at::matmul(weights, parts[1]).reshape({batch, width}));
  });
}

Tensor TorchOps::mean_positions(const Tensor& x, std::span<const int32_t> lengths) {
  if (x.rank() < 3) bad_shape("mean_positions", shape_text(x.shape()) + " has no positions");
  const int64_t batch = x.dim(0), width = x.dim(-1), count = x.count() / (batch * width);
  return guarded("mean_positions", [&] {
    const auto rows = torch_array(x).reshape({batch, count, width});
    if (lengths.empty()) return wrap_torch(rows.mean(1));
    const auto column = length_column(lengths, x, device_, "mean_positions");
    const auto there = presence(column, count).reshape({batch, count, 1});
    return wrap_torch(rows.masked_fill(there.logical_not(), 0.0).sum(1) / column.to(rows.scalar_type()));
  });
}

}  // namespace sightline
