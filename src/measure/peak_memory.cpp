#include "measure/peak_memory.h"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace sightline {

void reset_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

int64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  std::string name;
  while (status >> name) {
    int64_t kib = 0;
    if (name == "VmHWM:" && status >> kib) return kib * 1024;
    std::getline(status, name);
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace sightline
