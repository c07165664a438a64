#include "base/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

#include "base/cpu_dispatch.h"
#include "base/parallel.h"
#include "threads/processors.h"

namespace sightline {
namespace {

// The first "model name" in /proc/cpuinfo; not available on all systems and processors.
std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(':');
    const size_t begin =
        colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "unknown";
}

std::vector<std::string> processor_features() {
  std::vector<std::string> found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) found.push_back("avx2");
  if (__builtin_cpu_supports("fma")) found.push_back("fma");
  if (__builtin_cpu_supports("avx512f")) found.push_back("avx512f");
  if (__builtin_cpu_supports("avx512bw")) found.push_back("avx512bw");
  if (__builtin_cpu_supports("avx512vnni")) found.push_back("avx512vnni");
  if (__builtin_cpu_supports("avx512bf16")) found.push_back("avx512bf16");
#elif defined(__aarch64__)
  found.push_back("neon");
  if (is_supported(InstructionSet::dotprod)) found.push_back("dotprod");
  if (is_supported(InstructionSet::i8mm)) {
    found.push_back("i8mm");
    found.push_back("bf16");
  }
#endif
  return found;
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.processor = processor_name();
  machine.features = processor_features();
  machine.processors = usable_processors();
  machine.threads = thread_count();
  const long pages = ::sysconf(_SC_PHYS_PAGES), page_size = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_size > 0) machine.memory_bytes = int64_t{pages} * page_size;
  utsname name{};
  if (::uname(&name) == 0) {
    machine.architecture = name.machine;
    machine.system = std::string(name.sysname) + " " + name.release;
  }
  return machine;
}

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#elif defined(__GNUC__)
  return "GCC " __VERSION__;
#else
  return "unknown";
#endif
}

}  // namespace sightline
