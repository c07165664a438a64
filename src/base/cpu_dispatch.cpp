#include "base/cpu_dispatch.h"

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace sightline {

#if defined(__x86_64__)

bool is_supported(InstructionSet set) {
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
  switch (set) {
    case InstructionSet::generic:
      return true;
    case InstructionSet::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case InstructionSet::avx512:
      return avx512;
    case InstructionSet::avx512_bf16:
      return vnni && __builtin_cpu_supports("avx512bf16");
    case InstructionSet::avx512_vbmi:
      return vnni && __builtin_cpu_supports("avx512vbmi");
    default:
      return false;
  }
}

#elif defined(__aarch64__)

bool is_supported(InstructionSet set) {
  constexpr unsigned long kMatrices = HWCAP2_I8MM | HWCAP2_BF16;
  const bool dotprod = (::getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
  switch (set) {
    case InstructionSet::generic:
      return true;
    case InstructionSet::dotprod:
      return dotprod;
    case InstructionSet::i8mm:
      return dotprod && (::getauxval(AT_HWCAP2) & kMatrices) == kMatrices;
    default:
      return false;
  }
}

#else

bool is_supported(InstructionSet set) {
  return set == InstructionSet::generic;
}

#endif

}  // namespace sightline
