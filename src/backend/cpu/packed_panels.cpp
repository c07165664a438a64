#include "backend/cpu/packed_panels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// The least number of a weight's elements per thread.
constexpr int64_t kGrain = 1 << 14;

// Quantizes one output's weights to bytes with one scale.
void quantize_output(const float* row, int64_t count, int8_t* bytes, float& scale, int32_t& sum) {
  float most = 0;
  for (int64_t k = 0; k < count; ++k) most = std::max(most, std::fabs(row[k]));
  scale = most / 127.f;
  if (!(scale >= std::numeric_limits<float>::min())) scale = 1.f;  // zeros, or nearly
  // Adding this leaves the nearest integer in a float's low bits.
  constexpr float kRound = 12582912.f;
  sum = 0;
  for (int64_t k = 0; k < count; ++k) {
    const float rounded = row[k] / scale + kRound;
    bytes[k] = static_cast<int8_t>(rounded - kRound);
    sum += bytes[k];
  }
}

// Copies weight row n, in units, to its column of a panel.
void place_units(const PackedPanels& packed, int64_t n, const uint32_t* units, uint32_t* panels) {
  uint32_t* to = panels + n / kPanelColumns * packed.depth * kPanelColumns + n % kPanelColumns;
  for (int64_t k = 0; k < packed.depth; ++k, to += kPanelColumns) *to = units[k];
}

}  // namespace

int64_t elements_per_unit(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return 1;
    case Precision::bf16:
      return 2;
    case Precision::int8:
      return 4;
  }
  return 1;
}

int64_t PackedPanels::count() const {
  return (outputs + kPanelColumns - 1) / kPanelColumns;
}

void PackedPanels::put(int64_t panel, PanelProduct& product) const {
  const int64_t first = panel * kPanelColumns;
  product.panel = reinterpret_cast<const uint32_t*>(panels.data<int32_t>()) + first * depth;
  product.columns = std::min(kPanelColumns, outputs - first);
  if (bias.defined()) product.bias = bias.data<float>() + first;
  if (precision != Precision::int8) return;
  product.column_scale = column_scale.data<float>() + first;
  product.column_sum = column_sum.data<int32_t>() + first;
}

PanelKernel panel_kernel(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return fp32_kernels().panel_product;
    case Precision::bf16:
      return bf16_kernels().panel_product;
    case Precision::int8:
      return int8_kernels().panel_product;
  }
  return nullptr;
}

bool finds_extremes(Precision precision) {
  if (precision == Precision::int8) return int8_kernels().finds_extremes;
  return precision == Precision::bf16 && bf16_kernels().finds_extremes;
}

PackedPanels pack_panels(const Tensor& weight, const Tensor& bias, Precision precision,
                         Arena& arena) {
  const int64_t inputs = weight.dim(1), per_unit = elements_per_unit(precision);
  PackedPanels packed;
  packed.precision = precision;
  packed.outputs = weight.dim(0);
  packed.depth = (inputs + per_unit - 1) / per_unit;
  const Shape columns = {packed.count() * kPanelColumns};
  packed.panels = arena.tensor({packed.count(), packed.depth, kPanelColumns}, DType::i32);
  if (bias.defined()) {
    packed.bias = arena.tensor(columns, DType::f32);
    std::memcpy(packed.bias.data<float>(), bias.raw(), bias.bytes());
  }
  if (precision == Precision::int8) {
    packed.column_scale = arena.tensor(columns, DType::f32);
    packed.column_sum = arena.tensor(columns, DType::i32);
  }
  auto* const panels = reinterpret_cast<uint32_t*>(packed.panels.data<int32_t>());
  parallel_for(packed.outputs, 1 + kGrain / inputs, [&](int64_t begin, int64_t end) {
    std::vector<uint32_t> units(static_cast<size_t>(packed.depth));  // zeros beyond the inputs
    for (int64_t n = begin; n < end; ++n) {
      const float* const row = weight.data<float>() + n * inputs;
      switch (precision) {
        case Precision::fp32:
          std::memcpy(units.data(), row, static_cast<size_t>(inputs) * sizeof(float));
          break;
        case Precision::bf16:
          cpu_kernels().round_to_bf16(row, inputs, reinterpret_cast<uint16_t*>(units.data()));
          break;
        case Precision::int8:
          quantize_output(row, inputs, reinterpret_cast<int8_t*>(units.data()),
                          packed.column_scale.data<float>()[n],
                          packed.column_sum.data<int32_t>()[n]);
          break;
      }
      place_units(packed, n, units.data(), panels);
    }
  });
  return packed;
}

}  // namespace sightline
