#include <sightline/error.h>

#include "backend/cpu/cpu_ops.h"
#include "base/plugin.h"
#include "ops/ops.h"

namespace sightline {

// Adding a backend: its folder, and one branch here.
std::unique_ptr<Ops> create_ops(Backend backend, const OpsOptions& options) {
  if (backend == Backend::cpu) return create_cpu_ops(options);
  if (backend == Backend::torch) {
    // extern "C" in backend/torch: a new object that the caller owns; throws Error.
    using Create = Ops* (*)(const OpsOptions*);
    const auto create = reinterpret_cast<Create>(plugin_symbol(
        "torch", "sightline_create_torch_ops", "the torch backend (Debian: libtorch-dev)"));
    return std::unique_ptr<Ops>(create(&options));
  }
  throw Error(ErrorCode::internal, "backend ", static_cast<int>(backend), " has no Ops");
}

}  // namespace sightline
