// Panel products in every precision and every instruction set of this machine.
#include "backend/cpu/kernels/product_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "reference.h"
#include "rounded.h"

namespace sightline::test {
namespace {

TEST(Bf16, RoundsToNearestEven) {
  const float quiet = __builtin_nanf("");
  const std::vector<std::pair<uint32_t, uint16_t>> cases = {
      {0x3f800000u, 0x3f80}, {0x3f808000u, 0x3f80}, {0x3f818000u, 0x3f82}, {0x3f808001u, 0x3f81},
      {0x3f807fffu, 0x3f80}, {0xbf818000u, 0xbf82}, {0x7f7fffffu, 0x7f80}, {0x7f800000u, 0x7f80},
      {0x00000001u, 0x0000}, {0x80000000u, 0x8000}};
  for (const CpuKernels* kernels : runnable_cpu_kernels()) {
    // Alone and in a row: whole vectors and the elements after them use different code.
    for (const int64_t count : {int64_t{1}, int64_t{37}}) {
      for (const auto& [bits, expected] : cases) {
        const std::vector<float> x(static_cast<size_t>(count), __builtin_bit_cast(float, bits));
        std::vector<uint16_t> y(x.size());
        kernels->round_to_bf16(x.data(), count, y.data());
        for (const uint16_t value : y) EXPECT_EQ(value, expected) << kernels->name << ' ' << bits;
      }
      const std::vector<float> x(static_cast<size_t>(count), quiet);
      std::vector<uint16_t> y(x.size());
      kernels->round_to_bf16(x.data(), count, y.data());
      for (const uint16_t value : y)
        EXPECT_TRUE(std::isnan(bfloat16_to_float(value))) << kernels->name;
    }
  }
}

struct Sizes {
  int64_t rows, depth, columns;
};

// Odd rows, part of a panel's columns, one unit of depth, depths that are and are not whole tiles;
// the last are the sizes of a layer.
const std::vector<Sizes> kSizes = {{1, 1, 1},   {2, 3, 5},    {5, 8, 16},   {6, 7, 17},
                                   {7, 24, 32}, {13, 9, 31},  {29, 96, 20}, {33, 47, 32},
                                   {64, 16, 9}, {50, 384, 32}};

// (columns, per_unit * depth) weights into one panel.
template <class Number>
std::vector<uint32_t> panel_of(const Number* weights, int64_t columns, int64_t depth,
                               int64_t per_unit) {
  std::vector<uint32_t> panel(static_cast<size_t>(depth * kPanelColumns));
  auto* const to = reinterpret_cast<Number*>(panel.data());
  for (int64_t n = 0; n < columns; ++n) {
    for (int64_t k = 0; k < depth * per_unit; ++k) {
      to[(k / per_unit * kPanelColumns + n) * per_unit + k % per_unit] =
          weights[n * depth * per_unit + k];
    }
  }
  return panel;
}

// A product with one run per row and whole rows of y.
PanelProduct product_into(Tensor& y, const uint32_t* a, const std::vector<uint32_t>& panel,
                          int64_t depth, int64_t columns) {
  PanelProduct product;
  product.a = a;
  product.a_stride = product.depth = depth;
  product.panel = panel.data();
  product.rows = y.dim(0);
  product.columns = columns;
  product.out = const_cast<void*>(y.raw());
  product.out_stride = y.dim(1);
  product.out_bf16 = y.dtype() == DType::bf16;
  return product;
}

// A float tensor of (rows, columns) inside wider rows, to detect writes beyond it.
constexpr int64_t kStride = 37;
constexpr float kUntouched = 123.f;

void expect_untouched(const Tensor& y, int64_t columns) {
  for (int64_t i = 0; i < y.count(); ++i) {
    if (i % kStride >= columns) {
      ASSERT_EQ(y.data<float>()[i], kUntouched) << "number " << i;
    }
  }
}

Tensor inside(const Tensor& y, int64_t columns) {
  Tensor part({y.dim(0), columns}, DType::f32);
  for (int64_t row = 0; row < y.dim(0); ++row) {
    std::copy_n(y.data<float>() + row * kStride, columns, part.data<float>() + row * columns);
  }
  return part;
}

TEST(Bf16Products, AgreeWithTheDefinitionInEveryTable) {
  for (const Bf16Kernels* kernels : runnable_bf16_kernels()) {
    for (const auto& [rows, depth, columns] : kSizes) {
      const Rounded x(random_tensor({rows, 2 * depth}, 1));
      const Rounded w(
          random_tensor({columns, 2 * depth}, 2, 1.f / std::sqrt(2.f * static_cast<float>(depth))));
      const Tensor bias = random_tensor({columns}, 3), residual = random_tensor({rows, columns}, 4);
      Tensor padded_bias({kPanelColumns}, DType::f32);
      std::fill_n(padded_bias.data<float>(), kPanelColumns, 0.f);
      std::copy_n(bias.data<float>(), columns, padded_bias.data<float>());
      const auto panel = panel_of(w.bits.data<uint16_t>(), columns, depth, 2);
      for (const Activation activation :
           {Activation::none, Activation::gelu, Activation::gelu_tanh, Activation::quick_gelu,
            Activation::silu, Activation::relu, Activation::relu6}) {
        Tensor y({rows, kStride}, DType::f32);
        std::fill_n(y.data<float>(), y.count(), kUntouched);
        PanelProduct product =
            product_into(y, static_cast<const uint32_t*>(x.bits.raw()), panel, depth, columns);
        product.bias = padded_bias.data<float>();
        product.activation = activation;
        product.residual = residual.data<float>();
        product.residual_stride = columns;
        kernels->panel_product(product);
        const auto reference = reference_linear(x.values, w.values, bias, activation, residual);
        EXPECT_LE(difference(inside(y, columns), reference).largest, 4e-6)
            << kernels->name << ' ' << rows << 'x' << depth << 'x' << columns << " activation "
            << static_cast<int>(activation);
        expect_untouched(y, columns);
      }
    }
  }
}

// The products of convolutions: whole panels, bias, ReLU, ReLU6 or none after the residual, results
// of either type, the residual in place or apart; in every table, for tiles of every height.
TEST(Bf16Products, PlainResultsAgreeInEveryTable) {
  constexpr int64_t kDepth = 11;
  for (const Bf16Kernels* kernels : runnable_bf16_kernels()) {
    for (int64_t rows = 1; rows <= 29; rows = rows < 15 ? rows + 1 : rows + 7) {
      const Rounded x(random_tensor({rows, 2 * kDepth}, 1)),
          w(random_tensor({kPanelColumns, 2 * kDepth}, 2, 0.2f));
      const Rounded added(random_tensor({rows, kPanelColumns}, 4));
      const Tensor bias = random_tensor({kPanelColumns}, 3);
      const auto panel = panel_of(w.bits.data<uint16_t>(), kPanelColumns, kDepth, 2);
      for (const Activation activation : {Activation::none, Activation::relu, Activation::relu6}) {
        for (const bool out_bf16 : {false, true}) {
          for (const char* residual : {"none", "apart", "in place"}) {
            const bool with = residual != std::string("none");
            Tensor y({rows, kPanelColumns}, out_bf16 ? DType::bf16 : DType::f32);
            const Tensor& given = out_bf16 ? added.bits : added.values;
            std::memcpy(const_cast<void*>(y.raw()), given.raw(), y.bytes());
            PanelProduct product = product_into(y, static_cast<const uint32_t*>(x.bits.raw()),
                                                panel, kDepth, kPanelColumns);
            product.residual_stride = kPanelColumns;
            product.bias = bias.data<float>();
            product.activation = activation;
            product.residual_first = true;
            product.residual_bf16 = out_bf16;
            if (with) product.residual = residual == std::string("apart") ? given.raw() : y.raw();
            kernels->panel_product(product);
            Doubles expected = reference_linear(x.values, w.values, bias, Activation::none,
                                                with ? added.values : Tensor());
            for (double& value : expected) value = activate(value, activation);
            EXPECT_LE(difference(out_bf16 ? to_f32(y) : y, expected).largest,
                      out_bf16 ? 0.02 : 4e-6)
                << kernels->name << ' ' << rows << " rows, residual " << residual << ", bf16 "
                << out_bf16;
          }
        }
      }
    }
  }
}

// NaN is preserved: a broken weight must not look like a channel of zeros.
TEST(Fp32Products, NanStays) {
  for (const Fp32Kernels* kernels : runnable_fp32_kernels()) {
    for (const Activation activation : {Activation::none, Activation::relu, Activation::relu6}) {
      const std::vector<uint32_t> panel(static_cast<size_t>(kPanelColumns));
      Tensor x = random_tensor({1}, 1), bias = random_tensor({kPanelColumns}, 2),
             y({1, kPanelColumns}, DType::f32);
      bias.data<float>()[5] = __builtin_nanf("");
      PanelProduct product = product_into(y, reinterpret_cast<const uint32_t*>(x.data<float>()),
                                          panel, 1, kPanelColumns);
      product.bias = bias.data<float>();
      product.activation = activation;
      kernels->panel_product(product);
      EXPECT_TRUE(std::isnan(y.data<float>()[5])) << kernels->name;
      EXPECT_FALSE(std::isnan(y.data<float>()[4])) << kernels->name;
    }
  }
}

// Rounded results are within one unit of bf16, 2^-8, for every activation.
TEST(Bf16Products, RoundedResultsAreWithinOnePlace) {
  for (const Bf16Kernels* kernels : runnable_bf16_kernels()) {
    for (const Activation activation :
         {Activation::none, Activation::gelu, Activation::gelu_tanh, Activation::quick_gelu,
          Activation::silu, Activation::relu, Activation::relu6}) {
      // One product each, with values from -12 to 12.
      constexpr int64_t kRows = 401;
      Tensor line({kRows, 2}, DType::f32);
      for (int64_t i = 0; i < kRows; ++i) {
        line.data<float>()[2 * i] = -12.f + 0.06f * static_cast<float>(i);
        line.data<float>()[2 * i + 1] = 0.f;
      }
      const Rounded x(line);
      Tensor one({1, 2}, DType::f32);
      one.data<float>()[0] = 1.f;
      one.data<float>()[1] = 0.f;
      const Rounded w(one);
      const auto panel = panel_of(w.bits.data<uint16_t>(), 1, 1, 2);
      Tensor y({kRows, 1}, DType::bf16);
      PanelProduct product =
          product_into(y, static_cast<const uint32_t*>(x.bits.raw()), panel, 1, 1);
      product.activation = activation;
      kernels->panel_product(product);
      const Tensor values = to_f32(y);
      for (int64_t i = 0; i < kRows; ++i) {
        const double expected = activate(x.values.data<float>()[2 * i], activation);
        EXPECT_NEAR(values.data<float>()[i], expected, std::max(std::fabs(expected) / 256, 1e-7))
            << kernels->name << " activation " << static_cast<int>(activation) << " of "
            << x.values.data<float>()[2 * i];
      }
    }
  }
}

// Windows: overlapping runs of one element per unit, in every table, for tiles of every height.
TEST(Fp32Products, AgreeWithTheDefinitionInEveryTable) {
  constexpr int64_t kPitch = 41, kStep = 2;
  for (const Fp32Kernels* kernels : runnable_fp32_kernels()) {
    for (int64_t rows = 1; rows <= 31; rows = rows < 15 ? rows + 1 : rows + 4) {
      for (const auto& [segments, depth, columns] :
           {std::tuple{1, 7, 32}, {3, 9, 32}, {2, 5, 19}, {1, 1, 1}}) {
        const Tensor image = random_tensor({segments * kPitch + rows * kStep + depth}, 1);
        Tensor x({rows, segments * depth}, DType::f32);
        for (int64_t i = 0; i < x.count(); ++i) {
          const int64_t row = i / (segments * depth), k = i % (segments * depth);
          x.data<float>()[i] = image.data<float>()[row * kStep + k / depth * kPitch + k % depth];
        }
        const Tensor w = random_tensor({columns, segments * depth}, 2, 0.3f);
        const Tensor residual = random_tensor({rows, columns}, 4),
                     bias = random_tensor({kPanelColumns}, 3);
        Tensor some_bias({columns}, DType::f32);
        std::copy_n(bias.data<float>(), columns, some_bias.data<float>());
        const auto panel = panel_of(w.data<float>(), columns, segments * depth, 1);
        for (const bool residual_first : {false, true}) {
          for (const Activation activation :
               {Activation::none, Activation::relu, Activation::quick_gelu}) {
            Tensor y({rows, kStride}, DType::f32);
            std::fill_n(y.data<float>(), y.count(), kUntouched);
            PanelProduct product = product_into(
                y, reinterpret_cast<const uint32_t*>(image.data<float>()), panel, depth, columns);
            product.a_stride = kStep;
            product.segments = segments;
            product.segment_stride = kPitch;
            product.bias = bias.data<float>();
            product.activation = activation;
            product.residual = residual.raw();
            product.residual_stride = columns;
            product.residual_first = residual_first;
            kernels->panel_product(product);
            Doubles expected = reference_linear(
                x, w, some_bias, residual_first ? Activation::none : activation, residual);
            for (double& value : expected)
              value = residual_first ? activate(value, activation) : value;
            EXPECT_LE(difference(inside(y, columns), expected).largest, 4e-6)
                << kernels->name << ' ' << rows << " rows, " << segments << " x " << depth << ", "
                << columns;
            expect_untouched(y, columns);
          }
        }
      }
    }
  }
}

// Integers throughout, so that only the last multiplication rounds.
TEST(Int8Products, AgreeWithTheDefinitionInEveryTable) {
  for (const Int8Kernels* kernels : runnable_int8_kernels()) {
    for (const auto& [rows, depth, columns] : kSizes) {
      std::vector<uint8_t> x(static_cast<size_t>(rows * depth * 4));
      std::vector<int8_t> w(static_cast<size_t>(columns * depth * 4));
      for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
      for (size_t i = 0; i < w.size(); ++i)
        w[i] = static_cast<int8_t>(static_cast<int>((i * 2246822519u >> 11) % 255) - 127);
      std::fill_n(x.begin(), 4, uint8_t{255});  // the largest products: a table that adds 16-bit
      std::fill_n(w.begin(), 4, int8_t{-127});  // integers with saturation would fail
      std::vector<float> row_scale, column_scale(kPanelColumns);
      std::vector<int32_t> row_zero, column_sum(kPanelColumns);
      for (int64_t r = 0; r < rows; ++r) {
        row_scale.push_back(0.01f * static_cast<float>(r + 1));
        row_zero.push_back(static_cast<int32_t>(r * 37 % 256));
      }
      for (int64_t n = 0; n < columns; ++n) {
        column_scale[static_cast<size_t>(n)] = 0.02f * static_cast<float>(n + 1);
        for (int64_t k = 0; k < depth * 4; ++k)
          column_sum[static_cast<size_t>(n)] += w[static_cast<size_t>(n * depth * 4 + k)];
      }
      const auto panel = panel_of(w.data(), columns, depth, 4);
      // With a bias a whole panel's epilogue runs in registers.
      const Tensor bias = random_tensor({kPanelColumns}, 6);
      for (const bool with_bias : {false, true}) {
        Tensor y({rows, kStride}, DType::f32);
        std::fill_n(y.data<float>(), y.count(), kUntouched);
        PanelProduct product =
            product_into(y, reinterpret_cast<const uint32_t*>(x.data()), panel, depth, columns);
        if (with_bias) product.bias = bias.data<float>();
        product.row_scale = row_scale.data();
        product.row_zero = row_zero.data();
        product.column_scale = column_scale.data();
        product.column_sum = column_sum.data();
        kernels->panel_product(product);
        for (int64_t r = 0; r < rows; ++r) {
          for (int64_t n = 0; n < columns; ++n) {
            int64_t sum = 0;
            for (int64_t k = 0; k < depth * 4; ++k) {
              sum += (int64_t{x[static_cast<size_t>(r * depth * 4 + k)]} -
                      row_zero[static_cast<size_t>(r)]) *
                     w[static_cast<size_t>(n * depth * 4 + k)];
            }
            const double expected = static_cast<double>(sum) * row_scale[static_cast<size_t>(r)] *
                                        column_scale[static_cast<size_t>(n)] +
                                    (with_bias ? bias.data<float>()[n] : 0.f);
            ASSERT_NEAR(y.data<float>()[r * kStride + n], expected,
                        3e-7 * std::fabs(expected) + 1e-6)
                << kernels->name << ' ' << rows << 'x' << depth << 'x' << columns << " at " << r
                << ' ' << n;
          }
        }
        expect_untouched(y, columns);
      }
    }
  }
}

// Windows of several runs of odd depth, for tiles of every height: the sums are exact and the
// epilogue rounds alike, so the bits are those of the generic table.
TEST(Int8Products, WindowsHaveTheSameBitsInEveryTable) {
  constexpr int64_t kPitch = 41, kStep = 2;
  for (int64_t rows = 1; rows <= 31; rows = rows < 15 ? rows + 1 : rows + 4) {
    for (const auto& [segments, depth] : {std::pair<int64_t, int64_t>{1, 7}, {3, 9}, {2, 4}}) {
      std::vector<uint32_t> image(static_cast<size_t>(segments * kPitch + rows * kStep + depth));
      for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint32_t>(i) * 2654435761u;
      std::vector<int8_t> w(static_cast<size_t>(kPanelColumns * segments * depth * 4));
      std::vector<int32_t> column_sum(kPanelColumns);
      for (size_t i = 0; i < w.size(); ++i) {
        w[i] = static_cast<int8_t>(static_cast<int>((i * 2246822519u >> 11) % 255) - 127);
        column_sum[i / static_cast<size_t>(segments * depth * 4)] += w[i];
      }
      const auto panel = panel_of(w.data(), kPanelColumns, segments * depth, 4);
      const std::vector<float> column_scale(kPanelColumns, 0.01f);
      const float row_scale = 0.02f;
      const int32_t row_zero = 77;
      Tensor expected;
      for (const Int8Kernels* kernels : {generic_int8_kernels(), &int8_kernels()}) {
        Tensor y({rows, kPanelColumns}, DType::f32);
        PanelProduct product = product_into(y, image.data(), panel, depth, kPanelColumns);
        product.a_stride = kStep;
        product.segments = segments;
        product.segment_stride = kPitch;
        product.row_scale = &row_scale;
        product.row_zero = &row_zero;
        product.row_step = 0;
        product.column_scale = column_scale.data();
        product.column_sum = column_sum.data();
        kernels->panel_product(product);
        if (!expected.defined()) expected = y;
        EXPECT_EQ(std::memcmp(y.raw(), expected.raw(), y.bytes()), 0)
            << kernels->name << ' ' << rows << " rows, " << segments << " x " << depth;
      }
    }
  }
}

}  // namespace
}  // namespace sightline::test
