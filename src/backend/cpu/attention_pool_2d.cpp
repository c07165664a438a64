#include "backend/cpu/attention_pool_2d.h"

#include <sightline/error.h>

#include <cmath>
#include <vector>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "backend/cpu/op_checks.h"
#include "backend/cpu/packed_panels.h"
#include "base/parallel.h"

namespace sightline {
namespace {

class PackedAttentionPool2d : public AttentionPool2dWeights {
 public:
  std::vector<PackedPanels> keys;    // a head's K^T: C outputs from C / heads inputs
  std::vector<PackedPanels> values;  // a head's V: C / heads outputs from C inputs
};

// out (B, heads, outputs) = x (B, heads, inputs) times each head's weights. All f32.
void multiply_heads(const std::vector<PackedPanels>& weights, const Tensor& x, Tensor& y) {
  const auto heads = static_cast<int64_t>(weights.size());
  const int64_t inputs = x.count() / x.dim(0) / heads, outputs = y.count() / y.dim(0) / heads;
  const int64_t panels = weights.front().count();
  const PanelKernel multiply = panel_kernel(Precision::fp32);
  parallel_for(heads * panels, 1 + (1 << 16) / (x.dim(0) * inputs * kPanelColumns),
               [&](int64_t begin, int64_t end) {
                 for (int64_t task = begin; task < end; ++task) {
                   const int64_t head = task / panels, first = task % panels * kPanelColumns;
                   const PackedPanels& packed = weights[static_cast<size_t>(head)];
                   PanelProduct product;
                   product.a = reinterpret_cast<const uint32_t*>(x.data<float>()) + head * inputs;
                   product.a_stride = heads * inputs;
                   packed.put(task % panels, product);
                   product.depth = packed.depth;
                   product.rows = x.dim(0);
                   product.out = y.data<float>() + head * outputs + first;
                   product.out_stride = heads * outputs;
                   multiply(product);
                 }
               });
}

// The sums of rows of x (B, T, C), weighted by the softmax of their products with query (B, heads,
// C).
Tensor weighted_sums(const Tensor& query, const Tensor& x) {
  const int64_t heads = query.dim(1), positions = x.dim(1), channels = x.dim(2);
  Tensor sums(query.shape(), DType::f32);
  parallel_for(x.dim(0), 1, [&](int64_t begin, int64_t end) {
    Tensor scratch({attention_scratch_floats(positions, channels)}, DType::f32);
    for (int64_t b = begin; b < end; ++b) {
      const float* const rows = x.data<float>() + b * positions * channels;
      const int64_t at = b * heads * channels;
      cpu_kernels().attention_head({query.data<float>() + at, rows, rows, sums.data<float>() + at,
                                    heads, positions, channels, channels, channels, false},
                                   scratch.data<float>());
    }
  });
  return sums;
}

}  // namespace

AttentionPool2d pack_attention_pool_2d(const Tensor& weight, const Tensor& bias, int64_t heads,
                                       Arena& arena) {
  auto packed = std::make_shared<PackedAttentionPool2d>();
  const int64_t channels = weight.dim(1), width = channels / heads;
  packed->channels = channels;
  packed->heads = heads;
  const float* const keys = weight.data<float>();
  const float* const values = keys + channels * channels;
  Tensor transposed({channels, width}, DType::f32);
  for (int64_t head = 0; head < heads; ++head) {
    const float* const rows = keys + head * width * channels;
    for (int64_t j = 0; j < width; ++j) {
      for (int64_t c = 0; c < channels; ++c)
        transposed.data<float>()[c * width + j] = rows[j * channels + c];
    }
    packed->keys.push_back(pack_panels(transposed, {}, Precision::fp32, arena));
    packed->values.push_back(pack_panels(
        Tensor::borrow({width, channels}, DType::f32, values + head * width * channels),
        Tensor::borrow({width}, DType::f32, bias.data<float>() + channels + head * width),
        Precision::fp32, arena));
  }
  return packed;
}

Tensor cpu_attention_pool_2d(const Tensor& q, const Tensor& x, const AttentionPool2d& weights) {
  constexpr const char* kOp = "attention_pool_2d";
  const auto* own = dynamic_cast<const PackedAttentionPool2d*>(weights.get());
  if (own == nullptr) {
    throw Error(ErrorCode::invalid_argument, kOp, ": the weights were not made by the cpu backend");
  }
  require_f32(x, kOp, "x");
  require_rank(x, 3, kOp, "x");
  require_last(x, own->channels, kOp, "x");
  require_f32(q, kOp, "q");
  require_shape(q, {x.dim(0), own->channels}, kOp, "q");
  // Scores are divided by the root of the head's width. The kernel's rows have C elements, and it
  // divides by the root of C.
  Tensor scaled(q.shape(), DType::f32);
  const float scale = std::sqrt(static_cast<float>(own->heads));
  for (int64_t i = 0; i < q.count(); ++i) scaled.data<float>()[i] = q.data<float>()[i] * scale;
  Tensor query({x.dim(0), own->heads, own->channels}, DType::f32);
  multiply_heads(own->keys, scaled, query);
  Tensor y(q.shape(), DType::f32);
  multiply_heads(own->values, weighted_sums(query, x), y);
  return y;
}

}  // namespace sightline
