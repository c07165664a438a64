#include "base/cpu_dispatch.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace sightline {

#if defined(__x86_64__)

namespace {

// Whether there are tiles, and the kernel lets this process use them. Asks it once: the answer
// holds for all threads. The kernel refuses, for example, where a signal stack is too small.
bool may_use_tiles() {
  static const bool may = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
    constexpr unsigned kBf16 = 1u << 22, kTile = 1u << 24, kInt8 = 1u << 25;
    constexpr unsigned kAll = kBf16 | kTile | kInt8;
    if ((d & kAll) != kAll) return false;
    constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM
    return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  }();
  return may;
}

}  // namespace

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
    case InstructionSet::amx:
      return is_supported(InstructionSet::avx512_bf16) && may_use_tiles();
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
