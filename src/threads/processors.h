// The processors that this process may use.
#pragma once

#include <filesystem>
#include <optional>

namespace sightline {

// Returns the CPU quota of this process's control group in processors (1.5: 150 ms of CPU time in
// 100 ms), the smallest of the group and its ancestors. nullopt without a quota, and on systems
// without control groups. Reads the files of cgroup v1 and v2 below `root`: proc/self/cgroup,
// sys/fs/cgroup. Source: Linux, Documentation/admin-guide/cgroup-v2.rst ("cpu.max") and cgroup-v1/,
// sched-bwc.rst.
std::optional<double> cpu_quota(const std::filesystem::path& root = "/");

// Returns the number of processors that this process may use, at least 1: those of its CPU
// affinity, limited by its CPU quota (rounded up).
int usable_processors();

}  // namespace sightline
