#include "models/pooling.h"

#include <sightline/error.h>

#include <algorithm>

#include "models/layer_norm.h"

namespace sightline {
namespace {

int64_t batch_of(const Tensor& x, SequenceOffsets offsets) {
  return offsets.empty() ? x.dim(0) : static_cast<int64_t>(offsets.size()) - 1;
}

class SelectedPosition : public Pooling {
 public:
  explicit SelectedPosition(bool last) : last_(last) {}

  std::vector<int32_t> selected_rows(const Tensor& x, SequenceOffsets offsets) const override {
    std::vector<int32_t> rows;
    for (int64_t b = 0; b < batch_of(x, offsets); ++b) {
      const int64_t sequence = last_ ? b + 1 : b;
      const int64_t row =
          offsets.empty() ? sequence * x.dim(1) : offsets[static_cast<size_t>(sequence)];
      rows.push_back(static_cast<int32_t>(last_ ? row - 1 : row));
    }
    return rows;
  }

  Tensor pool(Ops& ops, const Tensor& x, SequenceOffsets offsets) const override {
    return ops.gather_rows(x, selected_rows(x, offsets));
  }

 private:
  bool last_;
};

class MeanPooling : public Pooling {
 public:
  Tensor pool(Ops& ops, const Tensor& x, SequenceOffsets offsets) const override {
    return ops.mean_pool(x, offsets);
  }
};

class MeanOfRest : public Pooling {
 public:
  Tensor pool(Ops& ops, const Tensor& x, SequenceOffsets offsets) const override {
    std::vector<int32_t> rows, rest{0};
    for (int64_t b = 0; b < batch_of(x, offsets); ++b) {
      const int64_t begin = offsets.empty() ? b * x.dim(1) : offsets[static_cast<size_t>(b)];
      const int64_t end = offsets.empty() ? begin + x.dim(1) : offsets[static_cast<size_t>(b) + 1];
      for (int64_t row = begin + 1; row < end; ++row) rows.push_back(static_cast<int32_t>(row));
      rest.push_back(static_cast<int32_t>(rows.size()));
    }
    return ops.mean_pool(ops.gather_rows(x, rows), rest);
  }
};

// On the host: it costs one pass over the hidden states, which the backends' operations do not
// have.
class MaxPooling : public Pooling {
 public:
  Tensor pool(Ops& ops, const Tensor& x, SequenceOffsets offsets) const override {
    const Tensor from = ops.to_host(x);
    const int64_t batch = batch_of(from, offsets), width = from.dim(-1);
    const int64_t each = from.count() / (batch * width);
    const auto first = [&](int64_t b) {
      return offsets.empty() ? b * each : int64_t{offsets[static_cast<size_t>(b)]};
    };
    Tensor to({batch, width}, DType::f32);
    for (int64_t b = 0; b < batch; ++b) {
      float* const largest = to.data<float>() + b * width;
      const float* row = from.data<float>() + first(b) * width;
      std::copy_n(row, width, largest);
      for (int64_t t = first(b) + 1; t < first(b + 1); ++t) {
        row += width;
        for (int64_t c = 0; c < width; ++c) largest[c] = std::max(largest[c], row[c]);
      }
    }
    return ops.from_host(to);
  }
};

class AttentionPooling : public Pooling {
 public:
  AttentionPooling(const TransformerConfig& config, WeightBuilder& weights,
                   const std::string& prefix)
      : heads_(config.heads), activation_(config.activation) {
    const int64_t width = config.width;
    probe_ = weights.parameter(prefix + ".probe", {1, 1, width});
    query_ = weights.linear(prefix + ".attention.q_proj", width, width);
    key_value_ = weights.stacked(prefix + ".attention", "kv_proj", width);
    out_ = weights.linear(prefix + ".attention.out_proj", width, width);
    norm_ = LayerNorm(weights, prefix + ".layernorm", width, config.eps);
    fc1_ = weights.linear(prefix + ".mlp.fc1", config.mlp, width);
    fc2_ = weights.linear(prefix + ".mlp.fc2", width, config.mlp);
  }

  Tensor pool(Ops& ops, const Tensor& x, SequenceOffsets offsets) const override {
    // probe = self.probe.repeat(batch_size, 1, 1)
    const std::vector<int32_t> repeat(static_cast<size_t>(batch_of(x, offsets)), 0);
    const Tensor probe = ops.linear(probe_, query_, Activation::none, {}, OutputType::compute);
    const Tensor query = ops.gather_rows(probe, repeat);
    // hidden_state = self.attention(probe, hidden_state, hidden_state)[0]
    const Tensor key_value = ops.linear(x, key_value_, Activation::none, {}, OutputType::compute);
    const Tensor mixed = ops.single_query_attention(query, key_value, heads_, offsets);
    const Tensor y = ops.linear(mixed, out_, Activation::none, {});
    // hidden_state = residual + self.mlp(self.layernorm(hidden_state))
    const Tensor hidden =
        ops.linear(norm_(ops, y, OutputType::compute), fc1_, activation_, {}, OutputType::compute);
    return ops.linear(hidden, fc2_, Activation::none, y);
  }

 private:
  int64_t heads_;
  Activation activation_;
  Tensor probe_;
  Linear query_, key_value_, out_, fc1_, fc2_;
  LayerNorm norm_;
};

class AttentionalPooler : public Pooling {
 public:
  AttentionalPooler(const TransformerConfig& config, WeightBuilder& weights,
                    const std::string& prefix)
      : heads_(config.pooler_heads) {
    const int64_t width = config.pooled_width;
    queries_ = weights.parameter(prefix + ".query", {config.pooler_queries, width});
    query_norm_ = LayerNorm(weights, prefix + ".ln_q", width, 1e-5f);
    key_norm_ = LayerNorm(weights, prefix + ".ln_k", config.width, 1e-5f);
    query_ = weights.linear(prefix + ".attn.q_proj", width, width);
    key_value_ = weights.stacked(prefix + ".attn", "kv_proj", width, config.width);
    out_ = weights.linear(prefix + ".attn.out_proj", width, width);
  }

  Tensor pool(Ops& ops, const Tensor& x, SequenceOffsets offsets) const override {
    // x = self.ln_k(x); q = self.ln_q(self.query), of which query 0 is pooled
    const Tensor normal = key_norm_(ops, x, OutputType::compute);
    const std::vector<int32_t> first = {0};
    const Tensor one = query_norm_(ops, ops.gather_rows(queries_, first), OutputType::compute);
    const Tensor projected = ops.linear(one, query_, Activation::none, {}, OutputType::compute);
    const std::vector<int32_t> repeat(static_cast<size_t>(batch_of(x, offsets)), 0);
    const Tensor query = ops.gather_rows(projected, repeat);
    // out = self.attn(q.unsqueeze(0).expand(N, -1, -1), x, x)[0]
    const Tensor key_value =
        ops.linear(normal, key_value_, Activation::none, {}, OutputType::compute);
    const Tensor mixed = ops.single_query_attention(query, key_value, heads_, offsets);
    return ops.linear(mixed, out_, Activation::none, {});
  }

 private:
  int64_t heads_;
  Tensor queries_;
  LayerNorm query_norm_, key_norm_;
  Linear query_, key_value_, out_;
};

}  // namespace

std::unique_ptr<Pooling> make_pooling(PoolingKind kind) {
  switch (kind) {
    case PoolingKind::first:
    case PoolingKind::last:
      return std::make_unique<SelectedPosition>(kind == PoolingKind::last);
    case PoolingKind::mean:
      return std::make_unique<MeanPooling>();
    case PoolingKind::mean_rest:
      return std::make_unique<MeanOfRest>();
    case PoolingKind::max:
      return std::make_unique<MaxPooling>();
    case PoolingKind::attention:
    case PoolingKind::pooler:
      break;
  }
  throw Error(ErrorCode::internal, "attention pooling has weights, and this model has none for it");
}

std::unique_ptr<Pooling> make_pooling(const TransformerConfig& config, WeightBuilder& weights,
                                      const std::string& prefix) {
  if (config.pooling == PoolingKind::attention)
    return std::make_unique<AttentionPooling>(config, weights, prefix);
  if (config.pooling == PoolingKind::pooler)
    return std::make_unique<AttentionalPooler>(config, weights, prefix);
  return make_pooling(config.pooling);
}

}  // namespace sightline
