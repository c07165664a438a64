// Sets defaults of the OpenMP runtime before it starts. libgomp reads its settings from the
// environment in its constructor, so this constructor has to run before: it is in a library of its
// own, the last one that libsightline is linked to, because of two libraries that do not depend on
// each other the dynamic linker initializes the later one first
// (docs/decisions/0034-shared-machines.md).
#include <cstdlib>
#include <exception>
#include <string>

#include "threads/processors.h"

namespace sightline {
namespace {

// Iterations that a waiting thread spins before it sleeps: about 50 us. libgomp's own default is
// 300,000, several milliseconds, during which the thread occupies a core that others could use.
constexpr const char* kSpinCount = "2000";

bool is_set(const char* name) {
  return std::getenv(name) != nullptr;
}

__attribute__((constructor)) void set_openmp_defaults() {
  try {
    if (!is_set("OMP_WAIT_POLICY") && !is_set("GOMP_SPINCOUNT")) {
      ::setenv("GOMP_SPINCOUNT", kSpinCount, 0);
    }
    // libgomp takes the affinity into account, but no quota.
    if (!is_set("OMP_NUM_THREADS") && cpu_quota()) {
      ::setenv("OMP_NUM_THREADS", std::to_string(usable_processors()).c_str(), 0);
    }
  } catch (const std::exception&) {  // defaults are optional; an exception here ends the program
  }
}

}  // namespace
}  // namespace sightline
