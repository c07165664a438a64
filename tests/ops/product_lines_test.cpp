// Panel products of several lines, as convolutions run them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "backend/cpu/kernels/product_kernels.h"
#include "reference.h"
#include "rounded.h"

namespace sightline::test {
namespace {

constexpr int64_t kSegments = 3, kStep = 2, kLines = 5;

// Windows of kSegments runs of `depth` units on an image of units.
struct Windows {
  int64_t rows, depth, columns;

  int64_t pitch() const { return rows * kStep + depth; }
  int64_t units() const { return (kLines + kSegments) * pitch() + 16; }
};

// In one line, two whole tiles, lines that share a block, a rest, and whole and partial depths.
std::vector<Windows> all_windows() {
  std::vector<Windows> all;
  for (const int64_t rows : {1, 7, 14, 16, 17, 28, 33, 49, 56}) {
    for (const int64_t depth : {6, 16, 24}) {
      for (const int64_t columns : {kPanelColumns, int64_t{20}, int64_t{9}})
        all.push_back({rows, depth, columns});
    }
  }
  return all;
}

// Operands of every precision. The numbers of bf16 are finite.
struct Operands {
  std::vector<uint32_t> image, panel;
  Tensor bias = random_tensor({kPanelColumns}, 1), scale = random_tensor({kPanelColumns}, 2, 0.01f);
  std::vector<int32_t> sums = std::vector<int32_t>(kPanelColumns);  // of the columns' bytes
  float row_scale = 0.02f;
  int32_t row_zero = 77;

  Operands(const Windows& windows, bool bytes) {
    const int64_t weights = kSegments * windows.depth * kPanelColumns;
    image = numbers(windows.units(), 3, bytes);
    panel = numbers(weights, 4, bytes);
    for (size_t i = 0; i < panel.size(); ++i) {
      const size_t column = i % kPanelColumns;
      if (static_cast<int64_t>(column) >= windows.columns) panel[i] = 0;
      for (int byte = 0; byte < 4; ++byte)
        sums[column] += static_cast<int8_t>(panel[i] >> (8 * byte) & 0xff);
    }
  }
  static std::vector<uint32_t> numbers(int64_t units, uint64_t seed, bool bytes) {
    std::vector<uint32_t> result(static_cast<size_t>(units));
    if (bytes) {
      for (size_t i = 0; i < result.size(); ++i)
        result[i] = static_cast<uint32_t>((i + seed) * 2654435761u);
      return result;
    }
    const Rounded rounded(random_tensor({2 * units}, seed));
    std::memcpy(result.data(), rounded.bits.raw(), rounded.bits.bytes());
    return result;
  }
  PanelProduct product(const Windows& windows) const {
    PanelProduct product;
    product.a = image.data();
    product.a_stride = kStep;
    product.panel = panel.data();
    product.segments = kSegments;
    product.segment_stride = product.a_line = windows.pitch();
    product.depth = windows.depth;
    product.rows = windows.rows;
    product.columns = windows.columns;
    product.bias = bias.data<float>();
    product.activation = Activation::relu;
    product.row_scale = &row_scale;
    product.row_zero = &row_zero;
    product.row_step = 0;
    product.column_scale = scale.data<float>();
    product.column_sum = sums.data();
    return product;
  }
};

// The lines of the result are kLineNumbers apart and start as the residual, which is added in
// place.
std::vector<uint16_t> multiply(void (*kernel)(const PanelProduct&), const Windows& windows,
                               const Operands& operands, bool together, int64_t readable) {
  const int64_t line_numbers = (windows.rows + 2) * kPanelColumns;
  const Rounded before(random_tensor({kLines * line_numbers}, 5));
  const auto* const first = before.bits.data<uint16_t>();
  std::vector<uint16_t> out(first, first + before.bits.count());
  PanelProduct product = operands.product(windows);
  product.readable_units = readable;
  product.residual_first = product.residual_bf16 = product.out_bf16 = true;
  product.residual_stride = product.out_stride = kPanelColumns;
  product.residual_line = product.out_line = line_numbers;
  product.residual = product.out = out.data();
  if (together) {
    product.lines = kLines;
    kernel(product);
    return out;
  }
  for (int64_t line = 0; line < kLines; ++line) {
    product.residual = product.out = out.data() + line * line_numbers;
    product.a = operands.image.data() + line * windows.pitch();
    kernel(product);
  }
  return out;
}

template <class Kernels>
void expect_lines_agree(std::span<const Kernels* const> tables, bool bytes) {
  for (const Kernels* kernels : tables) {
    for (const Windows& windows : all_windows()) {
      const Operands operands(windows, bytes);
      const auto expected = multiply(kernels->panel_product, windows, operands, false, 0);
      for (const int64_t readable : {0, 16}) {
        EXPECT_EQ(multiply(kernels->panel_product, windows, operands, true, readable), expected)
            << kernels->name << ' ' << windows.rows << " rows, depth " << windows.depth << ", "
            << windows.columns << " columns, readable " << readable;
      }
    }
  }
}

TEST(ProductLines, AreTheLinesOneByOneInBf16) {
  expect_lines_agree(runnable_bf16_kernels(), false);
}

TEST(ProductLines, AreTheLinesOneByOneInInt8) {
  expect_lines_agree(runnable_int8_kernels(), true);
}

// The range of a product's extremes is that of its results, for every kind of epilogue.
template <class Kernels>
void expect_extremes(std::span<const Kernels* const> tables, bool bytes) {
  for (const Kernels* kernels : tables) {
    if (!kernels->finds_extremes) continue;
    for (const Activation activation : {Activation::none, Activation::relu, Activation::relu6,
                                        Activation::gelu, Activation::silu}) {
      for (const Windows& windows : all_windows()) {
        const Operands operands(windows, bytes);
        std::vector<uint16_t> out(static_cast<size_t>(kLines * windows.rows * kPanelColumns), 0);
        PanelProduct product = operands.product(windows);
        product.activation = activation;
        product.out = out.data();
        product.out_bf16 = true;
        product.out_stride = kPanelColumns;
        product.out_line = windows.rows * kPanelColumns;
        product.lines = kLines;
        alignas(64) uint16_t extremes[2 * kPanelColumns] = {};
        product.extremes = extremes;
        kernels->panel_product(product);
        const QuantizeKernels<uint16_t>& ranges = runnable_int8_kernels().front()->bf16;
        const NumberRange expected = ranges.range(out.data(), static_cast<int64_t>(out.size()));
        const NumberRange found = ranges.range(extremes, 2 * kPanelColumns);
        EXPECT_EQ(found.low, expected.low) << kernels->name << ' ' << windows.rows;
        EXPECT_EQ(found.high, expected.high) << kernels->name << ' ' << windows.rows;
      }
    }
  }
}

TEST(ProductLines, FindExtremesOfBf16) {
  expect_extremes(runnable_bf16_kernels(), false);
}

TEST(ProductLines, FindExtremesOfInt8) {
  expect_extremes(runnable_int8_kernels(), true);
}

// Sums are exact and epilogues round alike, so the bits are those of the generic table. The bias is
// 0: where a multiplication and an addition are one instruction, they round once.
TEST(ProductLines, HaveTheSameBitsInEveryTableOfInt8) {
  for (const Windows& windows : all_windows()) {
    Operands operands(windows, true);
    std::fill_n(operands.bias.data<float>(), kPanelColumns, 0.f);
    const auto expected =
        multiply(generic_int8_kernels()->panel_product, windows, operands, true, 16);
    for (const Int8Kernels* kernels : runnable_int8_kernels()) {
      EXPECT_EQ(multiply(kernels->panel_product, windows, operands, true, 16), expected)
          << kernels->name << ' ' << windows.rows << " rows, depth " << windows.depth;
    }
  }
}

}  // namespace
}  // namespace sightline::test
