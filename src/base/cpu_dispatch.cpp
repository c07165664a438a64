#include "base/cpu_dispatch.h"

namespace sightline {

bool is_supported(InstructionSet set) {
  if (set == InstructionSet::generic) return true;
#if defined(__x86_64__)
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
  }
#endif
  return false;
}

}  // namespace sightline
