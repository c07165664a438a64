// The operations that models are written against. A backend implements all of them; a model calls
// them and nothing else, so one model file serves every backend and precision.
//
// Letters: B batch, T positions, R rows of all sequences, C width, N output features, K input
// features, H heads, S image side, P patch side, V vocabulary (docs/notation.md).
// Tensor arguments and results belong to the backend: made by it, or by from_host.
// Every operation throws Error{invalid_argument} where shapes or types do not fit.
// Thread-safety: the operations, from_host and to_host may be called from several threads at once,
// with shared weights; each call has a workspace of its own. Preparing weights (parameter and the
// functions *_weights) must not overlap with any other call.
#pragma once

#include <sightline/settings.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/activation.h"
#include "tensor/tensor.h"

namespace sightline {

// The type of a result. In fp32 both are f32.
enum class OutputType {
  f32,      // the residual stream, pooled rows, embeddings: f32 in every precision
  compute,  // the next operation multiplies it: the backend's own type, bf16 in bf16 and int8
};

// Whether a layer must be kept in high precision (at least bf16): the first and the last layer of a
// tower, which read pixels and write embeddings.
enum class LayerPrecision { any, high };

// The features of a head that rotary positions rotate together, of d features.
enum class RotaryPairs {
  neighbours,  // 2i and 2i + 1
  halves,      // i and i + d / 2
};

// The weights of a linear layer, converted and packed once for a backend.
class LinearWeights {
 public:
  virtual ~LinearWeights() = default;
  int64_t out_features = 0;  // N
  int64_t in_features = 0;   // K
};
using Linear = std::shared_ptr<const LinearWeights>;

// The parameters of a batch norm, each (N), host f32:
//   (x - mean) / sqrt(variance + eps) * gamma + beta
struct BatchNorm {
  Tensor gamma, beta, mean, variance;
  float eps = 1e-5f;
};

// A convolution, followed by a batch norm where norm.gamma is defined. A backend for inference
// folds the norm into weight and bias in f32; one that trains keeps it.
struct ConvolutionSpec {
  // (N, K, R, R) host f32: output channels, input channels, rows, columns. Depthwise: (N, 1, R, R).
  Tensor weight;
  Tensor bias;  // (N) host f32, or undefined
  BatchNorm norm;
  int64_t stride = 1;
  int64_t padding = 0;  // rows and columns of zeros on each side
  // Output channel n is computed from input channel n / multiplier alone, K = N / multiplier.
  bool depthwise = false;
  int64_t multiplier = 1;  // depthwise: output channels of each input channel
};

// The weights of a convolution, folded and packed once for a backend.
class ConvolutionWeights {
 public:
  virtual ~ConvolutionWeights() = default;
  int64_t out_channels = 0;  // N
  int64_t in_channels = 0;   // K
  int64_t kernel = 0;        // R
  int64_t stride = 1;
  int64_t padding = 0;
  bool depthwise = false;
  int64_t multiplier = 1;
};
using Convolution = std::shared_ptr<const ConvolutionWeights>;

// The key and value layers of attention_pool_2d, packed once for a backend.
class AttentionPool2dWeights {
 public:
  virtual ~AttentionPool2dWeights() = default;
  int64_t channels = 0;  // C
  int64_t heads = 0;
};
using AttentionPool2d = std::shared_ptr<const AttentionPool2dWeights>;

// The offsets of packed sequences (cu_seqlens): sequences of different lengths are concatenated
// without padding into (R, C), and sequence b is rows offsets[b] .. offsets[b + 1] - 1. B + 1
// values, strictly increasing from 0 to R. Empty: the tensor is (B, T, ...), all of length T.
using SequenceOffsets = std::span<const int32_t>;

class Ops {
 public:
  virtual ~Ops() = default;

  virtual std::string_view name() const = 0;  // "cpu", "torch"
  virtual Precision precision() const = 0;

  // --- moving data -------------------------------------------------------------------------
  // Copies a host tensor (f32 or i32) to the backend. The result may share memory with `host`.
  virtual Tensor from_host(const Tensor& host) = 0;
  // A contiguous f32 copy or view on the host, of a tensor of type f32.
  virtual Tensor to_host(const Tensor& tensor) = 0;

  // --- weights -----------------------------------------------------------------------------
  // A parameter that is used unchanged (norms, embeddings). `host` is f32; the result may share its
  // storage, so a borrowed one must outlive the result. `name` identifies it to a trainer.
  virtual Tensor parameter(const std::string& name, const Tensor& host) = 0;
  // weight (N, K), bias (N) or undefined, both host f32. The backend may keep the weight's storage,
  // so a borrowed one must outlive the result.
  virtual Linear linear_weights(const std::string& name, const Tensor& weight, const Tensor& bias,
                                LayerPrecision layer_precision = LayerPrecision::any) = 0;
  // Layers of the same input as one layer whose outputs are concatenated. weights[i] (N_i, K),
  // biases[i] (N_i), as above. The default copies them into one weight.
  virtual Linear stacked_weights(const std::string& name, std::span<const Tensor> weights,
                                 std::span<const Tensor> biases);

  // `name` is the convolution's, `norm_name` its batch norm's (empty: none), for a trainer.
  virtual Convolution convolution_weights(const std::string& name, const std::string& norm_name,
                                          const ConvolutionSpec& spec) = 0;

  // weight (2*C, C), bias (2*C), host f32: the key layer, then the value layer. heads divides C.
  virtual AttentionPool2d attention_pool_2d_weights(const std::string& name, const Tensor& weight,
                                                    const Tensor& bias, int64_t heads) = 0;

  // --- operations --------------------------------------------------------------------------
  // activation(x W^T + b) + residual.
  //   x (..., K), residual (..., N) or undefined: each f32 or the compute type   -> (..., N)
  virtual Tensor linear(const Tensor& x, const Linear& weights, Activation activation,
                        const Tensor& residual, OutputType output = OutputType::f32) = 0;

  // (x - mean) / sqrt(var + eps) * gamma + beta over the last axis; var is biased.
  //   x (..., C) f32 or the compute type   gamma (C)   beta (C)   -> (..., C)
  virtual Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps,
                            OutputType output = OutputType::f32) = 0;

  // x / sqrt(mean(x^2) + eps) * gamma over the last axis.
  //   x (..., C) f32   gamma (C)   -> (..., C)
  virtual Tensor rms_norm(const Tensor& x, const Tensor& gamma, float eps,
                          OutputType output = OutputType::f32) = 0;

  // activation(x * y), element by element, as in gated layers; or each channel of an image by one
  // factor.
  //   x (B, ..., C) f32 or the compute type   y of x's shape, or (B, C); f32 or the compute type
  //   -> x's shape and type
  virtual Tensor multiply(const Tensor& x, const Tensor& y,
                          Activation activation = Activation::none) = 0;

  // x + y, element by element, where no linear layer can add its residual.
  //   x, y of the same shape, each f32 or the compute type   -> x's shape and type
  virtual Tensor add(const Tensor& x, const Tensor& y) = 0;

  // Rotary positions: q and k of each head are rotated, q * cosines + turned(q) * sines, where
  // turned(a, b) = (-b, a) for each pair; v is copied.
  //   qkv (B, T, 3*C), or (R, 3*C) with offsets   cosines, sines (at least T, C / heads) f32
  //   -> qkv's shape and type. A qkv whose last handle is moved in may become the result.
  // Source: Su et al. 2021; timm layers/pos_embed_sincos.py, apply_rot_embed_cat (neighbours).
  virtual Tensor rotate(Tensor qkv, int64_t heads, const Tensor& cosines, const Tensor& sines,
                        RotaryPairs pairs, SequenceOffsets offsets = {}) = 0;

  // Multi-head self-attention, softmax(q k^T / sqrt(C / heads)) v for each head.
  //   qkv (B, T, 3*C), or (R, 3*C) with offsets: q, k and v concatenated
  //   causal: position t sees 0..t   -> (B, T, C) or (R, C), of qkv's type
  // Throws invalid_argument if heads does not divide C.
  virtual Tensor attention(const Tensor& qkv, int64_t heads, bool causal,
                           SequenceOffsets offsets = {}) = 0;

  // The same with a bias added to the scores, softmax(scale * q k^T + bias) v: relative positions,
  // and windows whose mask is -infinity. Each row of scores keeps a finite one.
  //   bias (G, H, P, P) f32, P at least T: sequence b adds bias[b % G], of which T positions need
  //   the upper left corner
  // Source: Raffel et al. 2020, section 2.1; Liu et al. 2021, section 3.2 (relative position bias).
  virtual Tensor biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias, float scale,
                                  SequenceOffsets offsets = {}) = 0;

  // Attention with one query for each sequence: softmax(q k^T / sqrt(C / heads)) v.
  //   q (B, C)   kv (B, T, 2*C), or (R, 2*C) with offsets: k and v concatenated, of q's type
  //   -> (B, C), of q's type
  virtual Tensor single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads,
                                        SequenceOffsets offsets = {}) = 0;

  // CLIP's attention pooling: single_query_attention(q, x W^T + b) with the key and value layers. A
  // backend need not compute keys and values: the key layer can be applied to the query, and the
  // value layer to the weighted sum of x.
  //   q (B, C) f32   x (B, T, C) f32   -> (B, C) f32
  // Source: openai/CLIP clip/model.py, AttentionPool2d (query: the first position alone).
  virtual Tensor attention_pool_2d(const Tensor& q, const Tensor& x,
                                   const AttentionPool2d& weights) = 0;

  // (B, K, H, W) f32 -> (B, H, W, K) of the compute type, the order of channels in the operations
  // on images below.
  virtual Tensor nchw_to_nhwc(const Tensor& pixels) = 0;

  // activation(convolution(x) + residual).
  //   x (B, H, W, K)   residual (B, H', W', N) or undefined
  //   -> (B, H', W', N) with H' = floor((H + 2 * padding - R) / stride) + 1, W' likewise
  // A residual whose last handle is moved in may become the result.
  virtual Tensor convolution(const Tensor& x, const Convolution& weights, Activation activation,
                             Tensor residual) = 0;

  // The mean of each window of side x side, stride = side. Incomplete windows are dropped.
  //   x (B, H, W, C) -> (B, floor(H / side), floor(W / side), C)
  virtual Tensor average_pool(const Tensor& x, int64_t side) = 0;

  // The maximum of each window; padding counts as -infinity.
  //   x (B, H, W, C) -> (B, H', W', C), H' and W' as for a convolution
  virtual Tensor max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) = 0;

  // The mean over the positions of each sequence.
  //   x (B, ..., C), or (R, C) with offsets   -> (B, C) f32
  virtual Tensor mean_pool(const Tensor& x, SequenceOffsets offsets = {}) = 0;

  // Convolution with stride = kernel = P and no padding, as a linear layer over patches.
  //   pixels (B, 3, S, S)   patch: K = 3*P*P ordered (channel, row, column), with or without bias
  //   -> (B, floor(S / P)^2, C), patches in row-major order
  // Pixels whose last handle is moved in may be overwritten.
  virtual Tensor patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) = 0;

  // Prepends the class token where there is one, then adds the position embedding.
  //   patches (B, ..., C)   class_token (C); (B, C): one for each image; or undefined: none
  //   positions (T, C), T = patches (+ 1 with a class token)   -> (B, T, C)
  virtual Tensor add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                         const Tensor& positions) = 0;

  // table[ids] + positions[t], t counted from the start of each sequence.
  //   ids (R) i32   table (V, C)   positions (at least T, C)   -> (R, C)
  // Throws invalid_argument for an id outside 0..V-1 or a sequence longer than the positions.
  virtual Tensor embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions,
                              SequenceOffsets offsets) = 0;

  // Runs fn, x (B, ...) -> (B, ...), on chunks of the batch and concatenates the results. For
  // towers whose intermediate tensors exceed the caches. `elements`: of the largest of them for one
  // image. fn may run on several threads at once. The default calls it once.
  virtual Tensor in_chunks(const Tensor& x, int64_t elements,
                           const std::function<Tensor(const Tensor&)>& fn) {
    (void)elements;
    return fn(x);
  }

  // Whether `recomputed` computes twice. False: models call their layers directly.
  virtual bool recomputes_layers() const { return false; }
  // Runs a layer without keeping its intermediate tensors for the gradients: they are computed
  // again when those are (checkpointing). fn, x -> y, must not depend on anything that changes
  // before that, and is called on any thread.
  virtual Tensor recomputed(const Tensor& x, const std::function<Tensor(const Tensor&)>& fn) {
    return fn(x);
  }

  // Copies some rows.  x (..., C), R rows in all   rows: each in 0..R-1, repeats allowed
  //   -> (rows, C), of x's type
  virtual Tensor gather_rows(const Tensor& x, std::span<const int32_t> rows) = 0;
};

struct OpsOptions {
  Precision precision = Precision::fp32;
  Device device = {};
  // cpu in fp32: weights are used in place and packed when more than a few rows first need them.
  // Results of few rows differ in the last bits before and after packing.
  bool lazy_packing = false;
};

// Creates the operations of a backend. Throws unsupported for a backend, precision or device that
// this build or machine does not have; the message lists those it has.
std::unique_ptr<Ops> create_ops(Backend backend, const OpsOptions& options = {});

// The precisions that the CPU backend computes faster than fp32 on this processor, fastest first.
std::vector<Precision> fast_cpu_precisions();

}  // namespace sightline
