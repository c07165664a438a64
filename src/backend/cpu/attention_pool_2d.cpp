#include "backend/cpu/attention_pool_2d.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "backend/cpu/op_checks.h"
#include "backend/cpu/packed_panels.h"
#include "backend/cpu/quantized_linear.h"
#include "base/parallel.h"

namespace sightline {
namespace {

class PackedAttentionPool2d : public AttentionPool2dWeights {
 public:
  std::vector<PackedPanels> keys;    // a head's K^T: C outputs from C / heads inputs
  std::vector<PackedPanels> values;  // a head's V: C / heads outputs from C inputs
};

// y (B, heads, outputs) = x (B, heads, inputs) times each head's weights. x has the weights' type,
// y is f32 or bf16.
void multiply_heads(const std::vector<PackedPanels>& weights, const Tensor& x, Tensor& y) {
  const auto heads = static_cast<int64_t>(weights.size());
  const int64_t outputs = y.count() / y.dim(0) / heads, inputs = weights.front().depth;  // units
  const int64_t panels = weights.front().count();
  const PanelKernel multiply = panel_kernel(weights.front().precision);
  auto* const out = static_cast<uint8_t*>(const_cast<void*>(y.raw()));
  parallel_for(heads * panels, 1 + (1 << 16) / (x.dim(0) * inputs * kPanelColumns),
               [&](int64_t begin, int64_t end) {
                 for (int64_t task = begin; task < end; ++task) {
                   const int64_t head = task / panels, first = task % panels * kPanelColumns;
                   const PackedPanels& packed = weights[static_cast<size_t>(head)];
                   PanelProduct product;
                   product.a = static_cast<const uint32_t*>(x.raw()) + head * inputs;
                   product.a_stride = heads * inputs;
                   packed.put(task % panels, product);
                   product.depth = packed.depth;
                   product.rows = x.dim(0);
                   product.out =
                       out + static_cast<size_t>(head * outputs + first) * dtype_size(y.dtype());
                   product.out_stride = heads * outputs;
                   product.out_bf16 = y.dtype() == DType::bf16;
                   multiply(product);
                 }
               });
}

// The sums of rows of x (B, T, C), weighted by the softmax of their products with query (B, heads,
// C). All of one type.
template <class Number, class Attend>
void add_weighted_rows(const Tensor& query, const Tensor& x, const Attend& attend, Tensor& sums) {
  const int64_t heads = query.dim(1), positions = x.dim(1), channels = x.dim(2);
  parallel_for(x.dim(0), 1, [&](int64_t begin, int64_t end) {
    Tensor scratch({attention_scratch_floats(positions, channels)}, DType::f32);
    for (int64_t b = begin; b < end; ++b) {
      const Number* const rows = x.data<Number>() + b * positions * channels;
      const int64_t at = b * heads * channels;
      attend({query.data<Number>() + at, rows, rows, sums.data<Number>() + at, heads, positions,
              channels, channels, channels, false},
             scratch.data<float>());
    }
  });
}

Tensor weighted_sums(const Tensor& query, const Tensor& x) {
  Tensor sums(query.shape(), query.dtype());
  if (query.dtype() == DType::bf16) {
    add_weighted_rows<uint16_t>(query, x, bf16_kernels().attention_head, sums);
  } else {
    add_weighted_rows<float>(query, x, cpu_kernels().attention_head, sums);
  }
  return sums;
}

}  // namespace

AttentionPool2d pack_attention_pool_2d(const Tensor& weight, const Tensor& bias, int64_t heads,
                                       Precision precision, Arena& arena) {
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
    packed->keys.push_back(pack_panels(transposed, {}, precision, arena));
    packed->values.push_back(pack_panels(
        Tensor::borrow({width, channels}, DType::f32, values + head * width * channels),
        Tensor::borrow({width}, DType::f32, bias.data<float>() + channels + head * width),
        precision, arena));
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
  std::transform(
      q.data<float>(), q.data<float>() + q.count(), scaled.data<float>(),
      [scale = std::sqrt(static_cast<float>(own->heads))](float value) { return value * scale; });
  const bool bf16 = own->keys.front().precision == Precision::bf16;
  Tensor query({x.dim(0), own->heads, own->channels}, bf16 ? DType::bf16 : DType::f32);
  multiply_heads(own->keys, bf16 ? round_to_bf16(scaled) : scaled, query);
  Tensor y(q.shape(), DType::f32);
  multiply_heads(own->values, weighted_sums(query, bf16 ? round_to_bf16(x) : x), y);
  return y;
}

}  // namespace sightline
