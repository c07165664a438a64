// Describes the machine and the compiler, for reports of measurements.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sightline {

struct Machine {
  std::string processor;              // "AMD EPYC 9B14", or "unknown"
  std::string architecture;           // "x86_64", "aarch64"
  std::vector<std::string> features;  // instruction sets that select kernels: "avx2", "avx512f" …
  int processors = 0;                 // usable_processors()
  int threads = 0;                    // thread_count()
  std::string system;                 // "Linux 6.1.0"
  int64_t memory_bytes = 0;           // physical memory; 0: unknown
};

Machine this_machine();

// Returns the name and version of the compiler that built this library: "GCC 12.2.0".
std::string compiler();

}  // namespace sightline
