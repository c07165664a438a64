#include "base/cpu_dispatch.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

struct Kernels {
  int number;
};
constexpr Kernels kBest = {1}, kPlain = {2};

TEST(CpuDispatch, EachSetIncludesTheOnesThatItExtends) {
  EXPECT_TRUE(is_supported(InstructionSet::generic));
  for (const InstructionSet set :
       {InstructionSet::avx512_bf16, InstructionSet::avx512_vbmi, InstructionSet::amx}) {
    if (is_supported(set)) {
      EXPECT_TRUE(is_supported(InstructionSet::avx512));
    }
  }
  if (is_supported(InstructionSet::avx512)) {
    EXPECT_TRUE(is_supported(InstructionSet::avx2));
  }
  if (is_supported(InstructionSet::i8mm)) {
    EXPECT_TRUE(is_supported(InstructionSet::dotprod));
  }
}

TEST(CpuDispatch, SkipsVariantsThatWereNotBuilt) {
  const KernelVariants<Kernels> variants = {{InstructionSet::generic, nullptr},
                                            {InstructionSet::generic, &kPlain}};
  EXPECT_EQ(variants.best().number, 2);
  EXPECT_EQ(variants.runnable().size(), 1u);
}

TEST(CpuDispatch, SelectsTheFirstThatTheProcessorRuns) {
  const KernelVariants<Kernels> variants = {{InstructionSet::avx2, &kBest},
                                            {InstructionSet::generic, &kPlain}};
  const bool avx2 = is_supported(InstructionSet::avx2);
  EXPECT_EQ(variants.best().number, avx2 ? 1 : 2);
  EXPECT_EQ(variants.runnable().size(), avx2 ? 2u : 1u);
  EXPECT_EQ(variants.runnable().back(), &kPlain);
}

}  // namespace
}  // namespace sightline
