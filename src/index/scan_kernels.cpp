#include "index/scan_kernels.h"

#include "base/processor.h"

namespace sightline::search {

std::vector<const ScanKernels*> runnable_scan_kernels() {
  std::vector<const ScanKernels*> tables;
  const auto add = [&](bool runs, const ScanKernels* table) {
    if (runs && table != nullptr) tables.push_back(table);
  };
  add(has_avx512_products(), avx512_vnni_kernels());
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
