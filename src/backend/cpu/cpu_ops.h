// The CPU backend that people run: oneDNN matrix products with prepacked weights and fused
// post-operations; attention, norms and the small operations are our own.
#pragma once

#include <memory>

#include "ops/ops.h"

namespace sightline {

// Throws unsupported for a device other than the CPU.
std::unique_ptr<Ops> create_cpu_ops(const OpsOptions& options);

}  // namespace sightline
