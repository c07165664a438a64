// Records the matrix products and convolutions that a model runs, for its roofline baseline. No
// model family has to describe its shapes.
#pragma once

#include <unordered_map>

#include "measure/roofline/roofline_work.h"
#include "ops/ops.h"

namespace sightline {

// Forwards every operation to `inner` and records while started. Not thread-safe.
class RecordingOps : public Ops {
 public:
  explicit RecordingOps(std::unique_ptr<Ops> inner) : inner_(std::move(inner)) {}

  // Starts an empty recording.
  void start();
  // Stops, and returns what ran since start(): linear layers and patch embeddings one by one, since
  // a layer that runs for one text at a time reads its weights for each, and convolutions with one
  // entry for each layer. Attention's own products are left out: they have no weights, and no
  // backend computes them by a matmul.
  RooflineWork stop();

  std::string_view name() const override { return inner_->name(); }
  Precision precision() const override { return inner_->precision(); }
  Tensor from_host(const Tensor& host) override { return inner_->from_host(host); }
  Tensor to_host(const Tensor& tensor) override { return inner_->to_host(tensor); }
  Tensor parameter(const std::string& name, const Tensor& host) override {
    return inner_->parameter(name, host);
  }
  Linear linear_weights(const std::string& name, const Tensor& weight, const Tensor& bias,
                        LayerPrecision layer_precision) override {
    return inner_->linear_weights(name, weight, bias, layer_precision);
  }
  Convolution convolution_weights(const std::string& name, const std::string& norm_name,
                                  const ConvolutionSpec& spec) override {
    return inner_->convolution_weights(name, norm_name, spec);
  }
  AttentionPool2d attention_pool_2d_weights(const std::string& name, const Tensor& weight,
                                            const Tensor& bias, int64_t heads) override {
    return inner_->attention_pool_2d_weights(name, weight, bias, heads);
  }

  Tensor linear(const Tensor& x, const Linear& weights, Activation activation,
                const Tensor& residual, OutputType output) override;
  Tensor convolution(const Tensor& x, const Convolution& weights, Activation activation,
                     Tensor residual) override;
  Tensor attention_pool_2d(const Tensor& q, const Tensor& x,
                           const AttentionPool2d& weights) override;
  Tensor patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) override;

  Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps,
                    OutputType output) override {
    return inner_->layer_norm(x, gamma, beta, eps, output);
  }
  Tensor rms_norm(const Tensor& x, const Tensor& gamma, float eps, OutputType output) override {
    return inner_->rms_norm(x, gamma, eps, output);
  }
  Tensor add(const Tensor& x, const Tensor& y) override { return inner_->add(x, y); }
  Tensor multiply(const Tensor& x, const Tensor& y, Activation activation) override {
    return inner_->multiply(x, y, activation);
  }
  Tensor rotate(Tensor qkv, int64_t heads, const Tensor& cosines, const Tensor& sines,
                RotaryPairs pairs, SequenceOffsets offsets) override {
    return inner_->rotate(std::move(qkv), heads, cosines, sines, pairs, offsets);
  }
  Tensor attention(const Tensor& qkv, int64_t heads, bool causal,
                   SequenceOffsets offsets) override {
    return inner_->attention(qkv, heads, causal, offsets);
  }
  Tensor biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias, float scale,
                          SequenceOffsets offsets) override {
    return inner_->biased_attention(qkv, heads, bias, scale, offsets);
  }
  Tensor single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads,
                                SequenceOffsets offsets) override {
    return inner_->single_query_attention(q, kv, heads, offsets);
  }
  Tensor nchw_to_nhwc(const Tensor& pixels) override { return inner_->nchw_to_nhwc(pixels); }
  Tensor average_pool(const Tensor& x, int64_t side) override {
    return inner_->average_pool(x, side);
  }
  Tensor max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) override {
    return inner_->max_pool(x, side, stride, padding);
  }
  Tensor mean_pool(const Tensor& x, SequenceOffsets offsets) override {
    return inner_->mean_pool(x, offsets);
  }
  Tensor add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                 const Tensor& positions) override {
    return inner_->add_class_and_positions(patches, class_token, positions);
  }
  Tensor embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions,
                      SequenceOffsets offsets) override {
    return inner_->embed_tokens(ids, table, positions, offsets);
  }
  Tensor in_chunks(const Tensor& x, int64_t elements,
                   const std::function<Tensor(const Tensor&)>& fn) override {
    // Chunks may run on several threads, a recording on one.
    return recording_ ? fn(x) : inner_->in_chunks(x, elements, fn);
  }
  Tensor gather_rows(const Tensor& x, std::span<const int32_t> rows) override {
    return inner_->gather_rows(x, rows);
  }

 private:
  void record(const void* weights, ProductShape product);

  std::unique_ptr<Ops> inner_;
  bool recording_ = false;
  RooflineWork work_;
  std::unordered_map<const void*, int64_t> layers_;   // weights of products to their layer
  std::unordered_map<const void*, size_t> recorded_;  // of convolutions to their index in work_
};

}  // namespace sightline
