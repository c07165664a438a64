// Run-time dispatch: kernels are compiled once for each instruction set, in files named
// <kernels>_<instruction set>.cpp, and the processor decides which variant runs.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

namespace sightline {

enum class InstructionSet {
  generic,      // what every processor of the architecture has: SSE2 on x86-64, NEON on aarch64
  avx2,         // AVX2 and FMA
  avx512,       // AVX-512 F, DQ, BW and VL
  avx512_bf16,  // avx512, VNNI and BF16
  avx512_vbmi,  // avx512, VNNI and VBMI
  amx,          // avx512_bf16, and tiles of bytes and of bfloat16
  dotprod,      // aarch64: dot products of bytes (DotProd)
  i8mm,         // dotprod, and products of matrices of bytes and of bfloat16 (I8MM, BF16)
};

// Whether this processor has these instructions.
bool is_supported(InstructionSet set);

// The variants of one table of kernels that this processor runs. `Kernels` is a struct of function
// pointers; all variants compute the same, so tests compare them.
template <class Kernels>
class KernelVariants {
 public:
  struct Variant {
    InstructionSet needs;
    const Kernels* kernels;  // static; null where the variant is of another architecture
  };

  // Best first; the last one must be generic.
  KernelVariants(std::initializer_list<Variant> variants) {
    for (const Variant& variant : variants) {
      if (variant.kernels != nullptr && is_supported(variant.needs))
        runnable_.push_back(variant.kernels);
    }
  }

  const Kernels& best() const { return *runnable_.front(); }
  // Best first.
  std::span<const Kernels* const> runnable() const { return runnable_; }

 private:
  std::vector<const Kernels*> runnable_;
};

}  // namespace sightline
