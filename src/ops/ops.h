// The operations that models are written against. A backend implements all of them; a model calls
// them and nothing else, so one model file serves every backend and precision.
//
// Letters: B batch, T positions, C width, N output features, K input features, H heads,
// S image side, P patch side, D embedding, V vocabulary (docs/notation.md).
// Every tensor argument belongs to this backend (made by it, or by from_host); every result does.
// All operations throw Error{invalid_argument} where shapes or types do not fit, and may be called
// from one thread at a time.
#pragma once

#include <sightline/settings.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace sightline {

enum class Activation {
  none,
  gelu,        // x * Phi(x), by the error function
  quick_gelu,  // x * sigmoid(1.702 x)
  relu,        // max(x, 0)
};

// What becomes of a result. In fp32 both are f32.
enum class OutputType {
  f32,      // the residual stream, pooled rows, embeddings: f32 in every precision
  compute,  // goes into a product: the type that the backend multiplies in, where it has one
};

// Where a layer stands. The first and the last of a tower see pixels and make embeddings, and keep
// a precision of at least bf16.
enum class LayerPrecision { any, high };

// The weights of a linear layer as a backend wants them (packed, converted), prepared once.
class LinearWeights {
 public:
  virtual ~LinearWeights() = default;
  int64_t out_features = 0;  // N
  int64_t in_features = 0;   // K
};
using Linear = std::shared_ptr<const LinearWeights>;

// A batch norm's parameters, each (N), host f32: (x - mean) / sqrt(variance + eps) * gamma + beta.
struct BatchNorm {
  Tensor gamma, beta, mean, variance;
  float eps = 1e-5f;
};

// What a convolution is made of. `norm` follows it, where its gamma is defined: a backend for
// inference folds it into weight and bias in f32; one that trains keeps it.
struct ConvolutionSpec {
  Tensor weight;  // (N, K, R, R) host f32: output channels, input channels, rows, columns
  Tensor bias;    // (N) host f32, or undefined
  BatchNorm norm;
  int64_t stride = 1;
  int64_t padding = 0;  // rows and columns of zeros on each side
};

// A convolution as a backend wants it (folded, packed), prepared once.
class ConvolutionWeights {
 public:
  virtual ~ConvolutionWeights() = default;
  int64_t out_channels = 0;  // N
  int64_t in_channels = 0;   // K
  int64_t kernel = 0;        // R
  int64_t stride = 1;
  int64_t padding = 0;
};
using Convolution = std::shared_ptr<const ConvolutionWeights>;

// The layers of keys and values of an attention of one query, prepared once.
class AttentionPool2dWeights {
 public:
  virtual ~AttentionPool2dWeights() = default;
  int64_t channels = 0;  // C
  int64_t heads = 0;
};
using AttentionPool2d = std::shared_ptr<const AttentionPool2dWeights>;

// Sequences of different lengths stand one after the other without padding, (R, C) with R rows in
// all. Sequence b is rows offsets[b] .. offsets[b + 1] - 1: B + 1 numbers, the first 0, the last R,
// each larger than the one before.
using SequenceOffsets = std::span<const int32_t>;

class Ops {
 public:
  virtual ~Ops() = default;

  virtual std::string_view name() const = 0;  // "cpu", "torch"
  virtual Precision precision() const = 0;

  // --- moving data -------------------------------------------------------------------------
  // Host tensor (f32 or i32) to this backend. May share memory with `host`.
  virtual Tensor from_host(const Tensor& host) = 0;
  // f32 copy or view on the host, contiguous. Results of type f32 alone.
  virtual Tensor to_host(const Tensor& tensor) = 0;

  // --- weights -----------------------------------------------------------------------------
  // A parameter that is used as it is (norms, embeddings). `host` is f32; its storage may be
  // shared, so it is not a borrowed one that ends before the parameter does. `name` identifies it
  // to a trainer.
  virtual Tensor parameter(const std::string& name, const Tensor& host) = 0;
  // weight (N, K), bias (N) or undefined, both host f32. The backend may keep the weight's storage,
  // so a borrowed one must outlive the result.
  virtual Linear linear_weights(const std::string& name, const Tensor& weight, const Tensor& bias,
                                LayerPrecision layer_precision = LayerPrecision::any) = 0;
  // Layers of the same input as one layer: their outputs one behind the other. weights[i] (N_i, K),
  // biases[i] (N_i), all as above. Unless a backend keeps them apart, they are copied into one.
  virtual Linear stacked_weights(const std::string& name, std::span<const Tensor> weights,
                                 std::span<const Tensor> biases);

  // `name` is the convolution's, `norm_name` its batch norm's (empty: none), for a trainer.
  virtual Convolution convolution_weights(const std::string& name, const std::string& norm_name,
                                          const ConvolutionSpec& spec) = 0;

  // weight (2*C, C), bias (2*C), host f32: the layer of keys and that of values, one after the
  // other. heads divides C.
  virtual AttentionPool2d attention_pool_2d_weights(const std::string& name, const Tensor& weight,
                                                    const Tensor& bias, int64_t heads) = 0;

  // --- operations --------------------------------------------------------------------------
  // activation(x (..., K) * W^T + b) + residual (..., N)  -> (..., N).  residual may be undefined.
  // residual is f32, x of either type.
  virtual Tensor linear(const Tensor& x, const Linear& weights, Activation activation,
                        const Tensor& residual, OutputType output = OutputType::f32) = 0;

  // (x - mean) / sqrt(var + eps) * gamma + beta over the last axis; var is biased.
  // x (..., C) f32, gamma (C), beta (C)  -> (..., C)
  virtual Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps,
                            OutputType output = OutputType::f32) = 0;

  // Multi-head self-attention, softmax(q k^T / sqrt(C / heads)) v for each head.
  //   qkv (B, T, 3*C), or (R, 3*C) with offsets: q, k, v side by side
  //   causal: position t sees 0..t   -> (B, T, C) or (R, C)
  // The result has qkv's type.
  // Throws invalid_argument if heads does not divide C.
  virtual Tensor attention(const Tensor& qkv, int64_t heads, bool causal,
                           SequenceOffsets offsets = {}) = 0;

  // Attention of one query a sequence: softmax(q k^T / sqrt(C / heads)) v.
  //   q (B, C)   kv (B, T, 2*C), or (R, 2*C) with offsets, of q's type: k, v side by side
  //   -> (B, C), of that type
  // Source: openai/CLIP clip/model.py, AttentionPool2d (query: the first position alone).
  virtual Tensor single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads,
                                        SequenceOffsets offsets = {}) = 0;

  // single_query_attention(q, x W^T + b) with the layers of keys and values. A backend need not
  // compute a key or a value: what a query draws from them is a product with the query, or with
  // what it has seen.
  //   q (B, C) f32   x (B, T, C) f32   -> (B, C) f32
  virtual Tensor attention_pool_2d(const Tensor& q, const Tensor& x,
                                   const AttentionPool2d& weights) = 0;

  // (B, K, H, W) as pixels come, to (B, H, W, K): the order in which the operations on images
  // below keep their channels.
  virtual Tensor nchw_to_nhwc(const Tensor& pixels) = 0;

  // activation(convolution(x) + residual).  x (B, H, W, K), residual (B, H', W', N) or undefined
  //   -> (B, H', W', N) with H' = floor((H + 2 * padding - R) / stride) + 1, W' likewise
  // A residual that nobody else holds (moved in) may become the result.
  virtual Tensor convolution(const Tensor& x, const Convolution& weights, Activation activation,
                             Tensor residual) = 0;

  // The mean of each window of side x side, stride = side, what does not fill a window left out.
  //   x (B, H, W, C) -> (B, floor(H / side), floor(W / side), C)
  virtual Tensor average_pool(const Tensor& x, int64_t side) = 0;

  // The largest of each window; beyond the border there is nothing (-infinity).
  //   x (B, H, W, C) -> (B, H', W', C), H' and W' as for a convolution
  virtual Tensor max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) = 0;

  // The mean over the positions of each sequence.  x (B, ..., C), or (R, C) with offsets  -> (B, C)
  // f32
  virtual Tensor mean_pool(const Tensor& x, SequenceOffsets offsets = {}) = 0;

  // Convolution with stride = kernel = P and no padding, as a linear layer over patches.
  //   pixels (B, 3, S, S)   patch: K = 3*P*P ordered (channel, row, column)
  //   -> (B, floor(S / P)^2, C), patches row by row
  // Pixels that are given up with their last handle (std::move) may be written over.
  virtual Tensor patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) = 0;

  // The class token before the patches, then the position embedding added.
  //   patches (B, ..., C), T-1 positions   class_token (C), or (B, C): one for each
  //   positions (T, C)   -> (B, T, C)
  virtual Tensor add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                         const Tensor& positions) = 0;

  // table[ids] + positions[t], t counted from each sequence's start.
  //   ids (R) i32   table (V, C)   positions (T at least, C)   -> (R, C)
  // Throws invalid_argument for an id outside 0..V-1 or a sequence longer than the positions.
  virtual Tensor embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions,
                              SequenceOffsets offsets) = 0;

  // fn on some of a batch at a time, x (B, ...) -> (B, ...), and its results one after the other.
  // For towers whose images would push one another out of the caches: `numbers` is what the
  // largest tensor of an image has on the way. A backend that has no such limit calls fn once.
  virtual Tensor in_chunks(const Tensor& x, int64_t numbers,
                           const std::function<Tensor(const Tensor&)>& fn) {
    (void)numbers;
    return fn(x);
  }

  // Some rows.  x (..., C), R rows in all   rows: each in 0..R-1   -> (rows, C), of x's type
  virtual Tensor gather_rows(const Tensor& x, std::span<const int32_t> rows) = 0;
};

struct OpsOptions {
  Precision precision = Precision::fp32;
  Device device;
  // cpu in fp32: weights are packed when more than a few rows first need them, not when they are
  // made. What few rows give until then differs in last places.
  bool lazy_packing = false;
};

// Creates the operations of a backend. Throws unsupported for a backend, precision or device that
// this build or machine does not have; the message lists those it has.
std::unique_ptr<Ops> create_ops(Backend backend, const OpsOptions& options = {});

// The precisions that the CPU backend computes faster than fp32 on this processor, fastest first.
std::vector<Precision> fast_cpu_precisions();

}  // namespace sightline
