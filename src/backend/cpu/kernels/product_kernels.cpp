#include "backend/cpu/kernels/product_kernels.h"

#include "base/cpu_dispatch.h"

namespace sightline {
namespace {

const KernelVariants<Fp32Kernels>& fp32_variants() {
  static const KernelVariants<Fp32Kernels> variants = {
      {InstructionSet::avx512, avx512_fp32_kernels()},
      {InstructionSet::avx2, avx2_fp32_kernels()},
      {InstructionSet::generic, generic_fp32_kernels()}};
  return variants;
}

const KernelVariants<Bf16Kernels>& bf16_variants() {
  static const KernelVariants<Bf16Kernels> variants = {
      {InstructionSet::amx, amx_bf16_kernels()},
      {InstructionSet::avx512_bf16, avx512_bf16_bf16_kernels()},
      {InstructionSet::avx2, avx2_bf16_kernels()},
      {InstructionSet::i8mm, i8mm_bf16_kernels()},
      {InstructionSet::generic, generic_bf16_kernels()}};
  return variants;
}

const KernelVariants<Int8Kernels>& int8_variants() {
  static const KernelVariants<Int8Kernels> variants = {
      {InstructionSet::amx, amx_int8_kernels()},
      {InstructionSet::avx512_bf16, avx512_bf16_int8_kernels()},
      {InstructionSet::avx2, avx2_int8_kernels()},
      {InstructionSet::i8mm, i8mm_int8_kernels()},
      {InstructionSet::dotprod, dotprod_int8_kernels()},
      {InstructionSet::generic, generic_int8_kernels()}};
  return variants;
}

}  // namespace

std::span<const Fp32Kernels* const> runnable_fp32_kernels() {
  return fp32_variants().runnable();
}

std::span<const Bf16Kernels* const> runnable_bf16_kernels() {
  return bf16_variants().runnable();
}

std::span<const Int8Kernels* const> runnable_int8_kernels() {
  return int8_variants().runnable();
}

const Fp32Kernels& fp32_kernels() {
  return fp32_variants().best();
}

const Bf16Kernels& bf16_kernels() {
  return bf16_variants().best();
}

const Int8Kernels& int8_kernels() {
  return int8_variants().best();
}

}  // namespace sightline
