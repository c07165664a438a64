// Attention of the torch backend. Packed sequences are padded to the longest for libtorch's batched
// products, and the results packed again.

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/torch/torch_guard.h"
#include "backend/torch/torch_ops.h"

namespace sightline {
namespace {

class TorchAttentionPool2d : public AttentionPool2dWeights {
 public:
  Linear key_value;
};

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Converts between packed rows and (B, T), T the longest sequence.
struct Padding {
  int64_t batch = 0, positions = 0;
  at::Tensor places;   // (R): row of (B * T)
  at::Tensor present;  // (B, T): true where there is a position

  Padding(SequenceOffsets offsets, const at::Device& device)
      : batch(static_cast<int64_t>(offsets.size()) - 1) {
    for (int64_t b = 0; b < batch; ++b)
      positions = std::max<int64_t>(positions, length(offsets, b));
    std::vector<int64_t> rows, lengths;
    for (int64_t b = 0; b < batch; ++b) {
      lengths.push_back(length(offsets, b));
      for (int64_t t = 0; t < lengths.back(); ++t) rows.push_back(b * positions + t);
    }
    places = at::tensor(rows, at::kLong).to(device);
    const auto column = at::tensor(lengths, at::kLong).to(device).reshape({-1, 1});
    present = at::arange(positions, column.options()).reshape({1, -1}) < column;
  }
  // (R, C) -> (B, T, C), padded with zeros.
  at::Tensor pad(const at::Tensor& rows) const {
    return at::zeros({batch * positions, rows.size(1)}, rows.options())
        .index_copy(0, places, rows)
        .reshape({batch, positions, rows.size(1)});
  }
  at::Tensor pack(const at::Tensor& padded) const {
    return padded.reshape({batch * positions, padded.size(-1)}).index_select(0, places);
  }

 private:
  static int64_t length(SequenceOffsets offsets, int64_t b) {
    return offsets[static_cast<size_t>(b) + 1] - offsets[static_cast<size_t>(b)];
  }
};

// What attention does with q k^T.
struct Scores {
  bool causal = false;
  double scale = 1;
  at::Tensor bias;  // (G, H, P, P), or undefined

  // scores (B, H, T, T) plus bias[b % G]
  at::Tensor biased(const at::Tensor& scores) const {
    if (!bias.defined()) return scores;
    const int64_t length = scores.size(-1);
    const auto groups =
        at::arange(scores.size(0), scores.options().dtype(at::kLong)).remainder(bias.size(0));
    return scores + bias.narrow(2, 0, length).narrow(3, 0, length).index_select(0, groups);
  }
};

// qkv (B, T, 3 * C); present (B, T) or undefined.
at::Tensor attend(const at::Tensor& qkv, int64_t heads, const Scores& how,
                  const at::Tensor& present) {
  const int64_t batch = qkv.size(0), length = qkv.size(1), width = qkv.size(2) / 3,
                head = width / heads;
  // (B, T, 3, H, head) -> three of (B, H, T, head)
  const auto parts = qkv.reshape({batch, length, 3, heads, head}).permute({2, 0, 3, 1, 4});
  const auto q = parts[0] * how.scale;
  at::Tensor scores = how.biased(at::matmul(q, parts[1].transpose(-2, -1)));
  if (how.causal) {
    const auto future = at::ones({length, length}, scores.options().dtype(at::kBool)).triu(1);
    scores = scores.masked_fill(future, kNever);
  }
  if (present.defined()) {
    scores = scores.masked_fill(present.logical_not().reshape({batch, 1, 1, length}), kNever);
  }
  return at::matmul(at::softmax(scores, -1), parts[2])
      .transpose(1, 2)
      .reshape({batch, length, width});
}

// qkv (B, T, 3 * C), or (R, 3 * C) with offsets.
Tensor attend_rows(const Tensor& qkv, int64_t heads, const Scores& how, SequenceOffsets offsets,
                   const at::Device& device) {
  if (offsets.empty()) return wrap_torch(attend(torch_array(qkv), heads, how, {}));
  const Padding padding(offsets, device);
  return wrap_torch(
      padding.pack(attend(padding.pad(torch_array(qkv)), heads, how, padding.present)));
}

// Returns the length of the longest sequence.
int64_t require_qkv(const Tensor& qkv, int64_t heads, SequenceOffsets offsets, const char* op) {
  const bool packed = !offsets.empty();
  if (qkv.rank() != (packed ? 2 : 3) || heads <= 0 || qkv.dim(-1) % (3 * heads) != 0)
    bad_shape(op, std::to_string(heads) + " heads do not divide " + shape_text(qkv.shape()));
  return packed ? require_offsets(offsets, qkv.dim(0), qkv.dim(0), op) : qkv.dim(1);
}

at::Tensor attend_single_query(const at::Tensor& q, const at::Tensor& kv, int64_t heads,
                               const at::Tensor& present) {
  const int64_t batch = kv.size(0), length = kv.size(1), width = q.size(1), head = width / heads;
  const auto parts = kv.reshape({batch, length, 2, heads, head}).permute({2, 0, 3, 1, 4});
  const auto query =
      q.reshape({batch, heads, 1, head}) * (1.0 / std::sqrt(static_cast<double>(head)));
  at::Tensor scores = at::matmul(query, parts[0].transpose(-2, -1));
  if (present.defined()) {
    scores = scores.masked_fill(present.logical_not().reshape({batch, 1, 1, length}), kNever);
  }
  return at::matmul(at::softmax(scores, -1), parts[1]).reshape({batch, width});
}

}  // namespace

Tensor TorchOps::attention(const Tensor& qkv, int64_t heads, bool causal, SequenceOffsets offsets) {
  require_qkv(qkv, heads, offsets, "attention");
  const double width = static_cast<double>(qkv.dim(-1) / (3 * heads));
  return guarded("attention", [&] {
    return attend_rows(qkv, heads, {causal, 1.0 / std::sqrt(width), {}}, offsets, device_);
  });
}

Tensor TorchOps::biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias, float scale,
                                  SequenceOffsets offsets) {
  const int64_t longest = require_qkv(qkv, heads, offsets, "biased_attention");
  if (bias.rank() != 4 || bias.dim(1) != heads || bias.dim(2) != bias.dim(3) ||
      bias.dim(3) < longest || !(scale > 0)) {
    bad_shape("biased_attention", "bias " + shape_text(bias.shape()) + " does not fit " +
                                      std::to_string(heads) + " heads of " +
                                      std::to_string(longest) + " positions");
  }
  return guarded("biased_attention", [&] {
    return attend_rows(qkv, heads, {false, scale, torch_array(bias)}, offsets, device_);
  });
}

Tensor TorchOps::single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads,
                                        SequenceOffsets offsets) {
  const bool packed = !offsets.empty();
  const int64_t batch = packed ? static_cast<int64_t>(offsets.size()) - 1 : kv.dim(0);
  if (q.rank() != 2 || kv.rank() != (packed ? 2 : 3) || heads <= 0 || q.dim(1) % heads != 0 ||
      q.dim(0) != batch || kv.dim(-1) != 2 * q.dim(1)) {
    bad_shape("single_query_attention", "q " + shape_text(q.shape()) + " and kv " +
                                            shape_text(kv.shape()) + " do not fit " +
                                            std::to_string(heads) + " heads");
  }
  if (packed) require_offsets(offsets, kv.dim(0), kv.dim(0), "single_query_attention");
  return guarded("single_query_attention", [&] {
    if (!packed) return wrap_torch(attend_single_query(torch_array(q), torch_array(kv), heads, {}));
    const Padding padding(offsets, device_);
    return wrap_torch(
        attend_single_query(torch_array(q), padding.pad(torch_array(kv)), heads, padding.present));
  });
}

AttentionPool2d TorchOps::attention_pool_2d_weights(const std::string& name, const Tensor& weight,
                                                    const Tensor& bias, int64_t heads) {
  if (weight.rank() != 2 || weight.dim(0) != 2 * weight.dim(1) || heads < 1 ||
      weight.dim(1) % heads != 0) {
    bad_shape("attention_pool_2d_weights", "'" + name + "' " + shape_text(weight.shape()) +
                                               " does not fit " + std::to_string(heads) + " heads");
  }
  auto result = std::make_shared<TorchAttentionPool2d>();
  result->channels = weight.dim(1);
  result->heads = heads;
  result->key_value = linear_weights(name, weight, bias, LayerPrecision::any);
  return result;
}

Tensor TorchOps::attention_pool_2d(const Tensor& q, const Tensor& x,
                                   const AttentionPool2d& weights) {
  const auto* mine = dynamic_cast<const TorchAttentionPool2d*>(weights.get());
  if (mine == nullptr)
    throw Error(ErrorCode::internal, "weights of another backend given to torch");
  return single_query_attention(q, linear(x, mine->key_value, Activation::none, {}), mine->heads);
}

Tensor TorchOps::mean_pool(const Tensor& x, SequenceOffsets offsets) {
  if (offsets.empty()) {
    if (x.rank() < 3) bad_shape("mean_pool", shape_text(x.shape()) + " has no positions");
    return guarded("mean_pool", [&] {
      return wrap_torch(torch_array(x).reshape({x.dim(0), -1, x.dim(-1)}).mean(1));
    });
  }
  if (x.rank() != 2) bad_shape("mean_pool", shape_text(x.shape()) + ", expected (R, C)");
  require_offsets(offsets, x.dim(0), x.dim(0), "mean_pool");
  return guarded("mean_pool", [&] {
    const Padding padding(offsets, device_);
    const auto count = padding.present.sum(1, true).to(at::kFloat);
    return wrap_torch(padding.pad(torch_array(x)).sum(1) / count);
  });
}

}  // namespace sightline
