// The machine that a figure was made on, for what is reported beside it.
#pragma once

#include <string>
#include <vector>

namespace sightline {

struct Machine {
  std::string processor;              // "AMD EPYC 9B14"; "unknown" where the system does not say
  std::string architecture;           // "x86_64", "aarch64"
  std::vector<std::string> features;  // of those that kernels are chosen by: "avx2", "avx512f" …
  int threads = 0;                    // that parallel work uses
  std::string system;                 // "Linux 6.1.0"
};

Machine this_machine();

// The compiler and its version, as it names itself: "GCC 12.2.0".
std::string compiler();

}  // namespace sightline
