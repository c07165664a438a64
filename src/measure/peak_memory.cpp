#include "measure/peak_memory.h"

#include <sys/resource.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fstream>
#include <string>

#include "tensor/pool.h"

namespace sightline {

void reset_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

namespace {

// A field of /proc/self/status in bytes; 0 if it is missing.
int64_t status_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  std::string name;
  while (status >> name) {
    int64_t kib = 0;
    if (name == field && status >> kib) return kib * 1024;
    std::getline(status, name);
  }
  return 0;
}

}  // namespace

int64_t peak_memory_bytes() {
  if (const int64_t bytes = status_bytes("VmHWM:")) return bytes;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

int64_t resident_memory_bytes() {
  return status_bytes("VmRSS:");
}

void release_free_memory() {
  pool_trim();
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace sightline
