#include "backend/torch_runtime.h"

#include <cstdlib>

namespace sightline {

void prepare_torch_runtime() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) {
    ::setenv("OPENBLAS_CORETYPE", "SKYLAKEX", /*overwrite=*/0);
  }
#endif
}

}  // namespace sightline
