#include "index/scan_kernels.h"

namespace sightline::search {
namespace {

bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

bool has_avx512_vnni() {
#if defined(__x86_64__)
  return has_avx512() && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

}  // namespace

std::vector<const ScanKernels*> runnable_scan_kernels() {
  std::vector<const ScanKernels*> tables;
  const auto add = [&](bool runs, const ScanKernels* table) {
    if (runs && table != nullptr) tables.push_back(table);
  };
  add(has_avx512_vnni(), avx512_vnni_kernels());
  add(has_avx512(), avx512_kernels());
  add(has_avx2(), avx2_kernels());
  add(true, generic_kernels());
  return tables;
}

const ScanKernels& scan_kernels() {
  static const ScanKernels* const best = runnable_scan_kernels().front();
  return *best;
}

}  // namespace sightline::search
