// Attention in bf16, in every instruction set of this machine.
#include "backend/cpu/kernels/product_kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reference.h"
#include "rounded.h"

namespace sightline::test {
namespace {

TEST(Bf16Attention, WithBiasAgreesWithTheDefinitionInEveryTable) {
  for (const Bf16Kernels* kernels : runnable_bf16_kernels()) {
    for (const int64_t positions : {1, 6, 17, 77}) {
      for (const int64_t width : {7, 24, 64}) {
        const Rounded qkv(random_tensor({1, positions, 3 * width}, 3));
        const Tensor bias = random_tensor({1, 1, positions, positions}, 4);
        Tensor y({1, positions, width}, DType::bf16);
        Tensor scratch({attention_scratch_floats(positions, width)}, DType::f32);
        const uint16_t* q = qkv.bits.data<uint16_t>();
        kernels->attention_head(
            {q, q + width, q + 2 * width, y.data<uint16_t>(), positions, positions, width,
             3 * width, width, false, 0.3f, bias.data<float>(), positions},
            scratch.data<float>());
        EXPECT_LE(
            difference(to_f32(y), reference_biased_attention(qkv.values, 1, bias, 0.3f)).largest,
            0.02)
            << kernels->name << " T=" << positions << " width=" << width;
      }
    }
  }
}

TEST(Bf16Attention, AgreesWithTheDefinitionInEveryTable) {
  for (const Bf16Kernels* kernels : runnable_bf16_kernels()) {
    for (const int64_t positions : {1, 2, 5, 6, 16, 17, 50, 64, 77, 111}) {
      for (const int64_t width : {1, 7, 16, 24, 64, 72, 80, 104}) {
        for (const bool causal : {false, true}) {
          const Rounded qkv(random_tensor({1, positions, 3 * width}, 3));
          Tensor y({1, positions, width}, DType::bf16);
          Tensor scratch({attention_scratch_floats(positions, width)}, DType::f32);
          std::fill_n(scratch.data<float>(), scratch.count(), __builtin_nanf(""));
          const uint16_t* q = qkv.bits.data<uint16_t>();
          kernels->attention_head({q, q + width, q + 2 * width, y.data<uint16_t>(), positions,
                                   positions, width, 3 * width, width, causal},
                                  scratch.data<float>());
          // Weights and result are rounded: two halves of 2^-8 of values up to 4.
          EXPECT_LE(difference(to_f32(y), reference_attention(qkv.values, 1, causal)).largest, 0.02)
              << kernels->name << " T=" << positions << " width=" << width << " causal=" << causal;
        }
      }
    }
  }
}

}  // namespace
}  // namespace sightline::test
