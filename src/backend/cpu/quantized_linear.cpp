#include "backend/cpu/quantized_linear.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// The least number of elements per thread of a cheap pass.
constexpr int64_t kGrain = 1 << 14;

Tensor zeros(const Shape& shape, DType type) {
  Tensor tensor(shape, type);
  std::memset(const_cast<void*>(tensor.raw()), 0, tensor.bytes());
  return tensor;
}

// The rows of x in the form that the kernels multiply.
struct Operand {
  Tensor storage;  // the memory of `rows`
  const uint32_t* rows = nullptr;
  int64_t stride = 0;  // in units
  Tensor scale, zero;  // int8: one per row
};

Operand bf16_operand(const Tensor& x, int64_t width) {
  Operand operand;
  operand.storage = x.dtype() == DType::bf16 ? x : round_to_bf16(x);
  operand.stride = (width + 1) / 2;
  if (width % 2 != 0) {
    const int64_t rows = x.count() / width;
    Tensor padded = zeros({rows, 2 * operand.stride}, DType::bf16);
    for (int64_t row = 0; row < rows; ++row) {
      std::memcpy(padded.data<uint16_t>() + row * 2 * operand.stride,
                  operand.storage.data<uint16_t>() + row * width, static_cast<size_t>(width) * 2);
    }
    operand.storage = padded;
  }
  operand.rows = static_cast<const uint32_t*>(operand.storage.raw());
  return operand;
}

Operand int8_operand(const Tensor& x, int64_t width) {
  const int64_t rows = x.count() / width;
  const Int8Kernels& kernels = int8_kernels();
  Operand operand;
  operand.stride = (width + 3) / 4;
  operand.storage = Tensor({rows, 4 * operand.stride}, DType::u8);
  operand.scale = Tensor({rows}, DType::f32);
  operand.zero = Tensor({rows}, DType::i32);
  uint8_t* const bytes = operand.storage.data<uint8_t>();
  float* const scale = operand.scale.data<float>();
  int32_t* const zero = operand.zero.data<int32_t>();
  parallel_for(rows, 1 + kGrain / width, [&](int64_t begin, int64_t end) {
    uint8_t* const to = bytes + begin * 4 * operand.stride;
    if (x.dtype() == DType::bf16) {
      kernels.bf16.rows(x.data<uint16_t>() + begin * width, end - begin, width, to,
                        4 * operand.stride, scale + begin, zero + begin);
    } else {
      kernels.f32.rows(x.data<float>() + begin * width, end - begin, width, to, 4 * operand.stride,
                       scale + begin, zero + begin);
    }
  });
  operand.rows = static_cast<const uint32_t*>(operand.storage.raw());
  return operand;
}

// Rows per task and panel: as many as stay in the second-level cache together with it, and few
// enough that every thread has several tasks.
int64_t rows_per_task(int64_t rows, int64_t row_bytes, int64_t panels, int64_t tile) {
  constexpr int64_t kCacheBytes = 512 << 10;
  const int64_t fewest = 4 * tile;
  const int64_t cached = std::max(fewest, kCacheBytes / row_bytes);
  const int64_t for_cache = (rows + cached - 1) / cached;
  const int64_t for_threads = (8 * thread_count() + panels - 1) / panels;
  const int64_t chunks =
      std::max(for_cache, std::min(for_threads, std::max<int64_t>(1, rows / fewest)));
  const int64_t even = (rows + chunks - 1) / chunks;
  return (even + tile - 1) / tile * tile;
}

}  // namespace

std::shared_ptr<const QuantizedLinear> pack_quantized(const Tensor& weight, const Tensor& bias,
                                                      Precision precision, Arena& arena) {
  auto packed = std::make_shared<QuantizedLinear>();
  packed->out_features = weight.dim(0);
  packed->in_features = weight.dim(1);
  packed->panels = pack_panels(weight, bias, precision, arena);
  return packed;
}

Tensor round_to_bf16(const Tensor& x) {
  Tensor y(x.shape(), DType::bf16);
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    cpu_kernels().round_to_bf16(x.data<float>() + begin, end - begin, y.data<uint16_t>() + begin);
  });
  return y;
}

Tensor run_quantized(const QuantizedLinear& weights, const Tensor& x, Activation activation,
                     const Tensor& residual, DType type) {
  const bool int8 = weights.panels.precision == Precision::int8;
  const int64_t width = weights.in_features, features = weights.out_features;
  const int64_t rows = x.count() / width;
  const Operand operand = int8 ? int8_operand(x, width) : bf16_operand(x, width);
  const PanelKernel multiply = panel_kernel(weights.panels.precision);
  Shape shape = x.shape();
  shape.back() = features;
  Tensor y(std::move(shape), type);

  PanelProduct whole;
  whole.a_stride = operand.stride;
  whole.depth = weights.panels.depth;
  whole.activation = activation;
  whole.residual_stride = whole.out_stride = features;
  whole.out_bf16 = type == DType::bf16;
  whole.residual_bf16 = residual.defined() && residual.dtype() == DType::bf16;
  const PackedPanels& panels = weights.panels;
  auto* const out = static_cast<uint8_t*>(const_cast<void*>(y.raw()));
  const auto* const added = static_cast<const uint8_t*>(residual.raw());
  const auto added_size = static_cast<int64_t>(whole.residual_bf16 ? 2 : 4);
  const int64_t count = panels.count();
  const int64_t tile = int8 ? int8_kernels().tile_rows : bf16_kernels().tile_rows;
  const int64_t chunk = rows_per_task(rows, 4 * operand.stride, count, tile);
  const int64_t chunks = (rows + chunk - 1) / chunk;
  parallel_for(count * chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t panel = task % count, first = panel * kPanelColumns;
      const int64_t row = task / count * chunk;
      PanelProduct part = whole;
      part.a = operand.rows + row * operand.stride;
      panels.put(panel, part);
      part.rows = std::min(chunk, rows - row);
      part.out = out + (row * features + first) * static_cast<int64_t>(dtype_size(type));
      if (added != nullptr) part.residual = added + (row * features + first) * added_size;
      if (int8) {
        part.row_scale = operand.scale.data<float>() + row;
        part.row_zero = operand.zero.data<int32_t>() + row;
      }
      multiply(part);
    }
  });
  return y;
}

}  // namespace sightline
