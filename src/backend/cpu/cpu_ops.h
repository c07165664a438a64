// The default backend: oneDNN's matrix products with packed weights and fused post-operations in
// fp32; hand-written kernels for attention, norms, convolutions, bf16 and int8.
#pragma once

#include <memory>

#include "ops/ops.h"

namespace sightline {

// Throws unsupported for a device other than the CPU.
std::unique_ptr<Ops> create_cpu_ops(const OpsOptions& options);

}  // namespace sightline
