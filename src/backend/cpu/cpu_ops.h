// The CPU backend that people run: oneDNN matrix products with prepacked weights and fused
// post-operations; attention, norms and the small operations are our own.
#pragma once

#include <memory>

#include "ops/ops.h"

namespace sightline {

// Throws unsupported for a precision other than fp32, or a device other than "cpu".
std::unique_ptr<Ops> create_onednn_ops(const OpsOptions& options);

}  // namespace sightline
