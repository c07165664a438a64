// Weights as the kernels of product_kernels.h read them: divided into panels of kPanelColumns
// outputs, in the type of the products.
//
// fp32: unchanged.
// bf16: rounded to bf16, products summed in f32.
// int8: signed bytes with one scale per output.
#pragma once

#include <sightline/settings.h>

#include <cstdint>

#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace sightline {

struct PanelProduct;

// Elements per unit of 32 bits.
int64_t elements_per_unit(Precision precision);

struct PackedPanels {
  Precision precision = Precision::fp32;
  int64_t outputs = 0;
  int64_t depth = 0;  // K in units
  Tensor panels;      // (panels, depth, kPanelColumns) units, kept as i32; zeros beyond the outputs
  Tensor bias;        // (panels * kPanelColumns) f32, or undefined
  Tensor column_scale;  // int8: (panels * kPanelColumns) f32
  Tensor column_sum;    // int8: (panels * kPanelColumns) i32, of a column's bytes

  int64_t count() const;  // of panels
  // Sets a product's operands of one panel: weights, columns, bias, and in int8 their scales and
  // sums.
  void put(int64_t panel, PanelProduct& product) const;
};

// The kernel for this processor.
using PanelKernel = void (*)(const PanelProduct&);
PanelKernel panel_kernel(Precision precision);
// Whether it finds the extremes of its results (PanelProduct::extremes).
bool finds_extremes(Precision precision);

// The most inputs whose int8 products fit into a sum of 32 bits: 255 * 127 * K < 2^31.
constexpr int64_t kMostInt8Inputs = 66'311;

// weight (N, K), bias (N) or undefined, both host f32. int8: finite weights, K up to
// kMostInt8Inputs. All of it is allocated in `arena`.
PackedPanels pack_panels(const Tensor& weight, const Tensor& bias, Precision precision,
                         Arena& arena);

}  // namespace sightline
