// The kernels in every instruction set of this machine.
#include "backend/cpu/kernels/cpu_kernels.h"

#include <gtest/gtest.h>

#include "reference.h"

namespace sightline::test {
namespace {

TEST(CpuKernels, TheGenericTableAlwaysRunsAndTheBestComesFirst) {
  const auto tables = runnable_cpu_kernels();
  ASSERT_FALSE(tables.empty());
  EXPECT_EQ(tables.back()->name, "generic");
  EXPECT_EQ(&cpu_kernels(), tables.front());
}

TEST(CpuKernels, AttentionAgreesInEveryTable) {
  for (const CpuKernels* kernels : runnable_cpu_kernels()) {
    for (const int64_t positions : {1, 2, 5, 6, 16, 17, 50, 64, 77, 111}) {
      for (const int64_t width : {1, 7, 16, 24, 64, 72, 80, 104}) {
        for (const bool causal : {false, true}) {
          const Tensor qkv = random_tensor({1, positions, 3 * width}, 3);
          Tensor y({1, positions, width}, DType::f32);
          Tensor scratch({attention_scratch_floats(positions, width)}, DType::f32);
          // The scratch's previous content must not matter.
          std::fill_n(scratch.data<float>(), scratch.count(), __builtin_nanf(""));
          const float* q = qkv.data<float>();
          kernels->attention_head({q, q + width, q + 2 * width, y.data<float>(), positions,
                                   positions, width, 3 * width, width, causal},
                                  scratch.data<float>());
          EXPECT_LE(difference(y, reference_attention(qkv, 1, causal)).largest, 4e-6)
              << kernels->name << " T=" << positions << " width=" << width << " causal=" << causal;
        }
      }
    }
  }
}

TEST(CpuKernels, BiasedAttentionAgreesInEveryTable) {
  for (const CpuKernels* kernels : runnable_cpu_kernels()) {
    for (const int64_t positions : {1, 5, 17, 50, 77}) {
      for (const int64_t width : {7, 24, 64}) {
        const Tensor qkv = random_tensor({1, positions, 3 * width}, 3);
        const Tensor bias = random_tensor({1, 1, positions + 3, positions + 3}, 4);
        Tensor y({1, positions, width}, DType::f32);
        Tensor scratch({attention_scratch_floats(positions, width)}, DType::f32);
        const float* q = qkv.data<float>();
        kernels->attention_head(
            {q, q + width, q + 2 * width, y.data<float>(), positions, positions, width, 3 * width,
             width, false, 0.3f, bias.data<float>(), positions + 3},
            scratch.data<float>());
        EXPECT_LE(difference(y, reference_biased_attention(qkv, 1, bias, 0.3f)).largest, 4e-6)
            << kernels->name << " T=" << positions << " width=" << width;
      }
    }
  }
}

TEST(CpuKernels, LayerNormAgreesInEveryTable) {
  for (const CpuKernels* kernels : runnable_cpu_kernels()) {
    for (const int64_t width : {1, 3, 4, 15, 16, 17, 63, 64, 65, 130, 768}) {
      const Tensor x = random_tensor({3, width}, 1, 2.f);
      const Tensor gamma = random_tensor({width}, 2);
      const Tensor beta = random_tensor({width}, 3);
      Tensor y({3, width}, DType::f32);
      kernels->layer_norm_rows(x.data<float>(), gamma.data<float>(), beta.data<float>(), 1e-5f, 3,
                               width, y.data<float>());
      EXPECT_LE(difference(y, reference_layer_norm(x, gamma, beta, 1e-5)).largest, 4e-6)
          << kernels->name << " width=" << width;
    }
  }
}

TEST(CpuKernels, DirectProductsAgreeInEveryTable) {
  for (const CpuKernels* kernels : runnable_cpu_kernels()) {
    for (const auto& [rows, depth, columns] :
         {std::tuple{1, 1, 1}, {2, 3, 5}, {4, 16, 7}, {7, 67, 64}, {24, 512, 66}}) {
      const Tensor x = random_tensor({rows, depth}, 1);
      const Tensor w = random_tensor({columns, depth}, 2, 1.f / static_cast<float>(depth));
      const Tensor bias = random_tensor({columns}, 3), residual = random_tensor({rows, columns}, 4);
      for (const Activation activation :
           {Activation::none, Activation::gelu, Activation::gelu_tanh, Activation::quick_gelu,
            Activation::silu, Activation::relu, Activation::relu6}) {
        Tensor y({rows, columns}, DType::f32);
        kernels->small_m_gemm(x.data<float>(), rows, depth, w.data<float>(), columns,
                              y.data<float>(), columns);
        for (int64_t row = 0; row < rows; ++row) {
          kernels->epilogue(y.data<float>() + row * columns, columns, bias.data<float>(),
                            activation, residual.data<float>() + row * columns);
        }
        EXPECT_LE(difference(y, reference_linear(x, w, bias, activation, residual)).largest, 2e-6)
            << kernels->name << ' ' << rows << 'x' << depth << 'x' << columns;
      }
    }
  }
}

}  // namespace
}  // namespace sightline::test
