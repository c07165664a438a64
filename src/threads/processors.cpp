#include "threads/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Returns quota / period in processors, or nullopt where the quota is "max", -1 or unreadable.
std::optional<double> ratio(const std::string& quota, double period) {
  char* end = nullptr;
  const double value = std::strtod(quota.c_str(), &end);
  if (end == quota.c_str() || !(value > 0) || !(period > 0)) return std::nullopt;
  return value / period;
}

std::optional<double> read_v2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string quota;
  double period = 100000;
  if (!(file >> quota)) return std::nullopt;
  file >> period;
  return ratio(quota, period);
}

std::optional<double> read_v1(const fs::path& group) {
  std::ifstream quota_file(group / "cpu.cfs_quota_us");
  std::ifstream period_file(group / "cpu.cfs_period_us");
  std::string quota;
  double period = 0;
  if (!(quota_file >> quota) || !(period_file >> period)) return std::nullopt;
  return ratio(quota, period);
}

// The smallest quota of the group `path` of the hierarchy mounted at `mount`, and of its ancestors.
// Inside a container the path may be that of the host: groups that do not exist here have no quota.
template <typename Read>
std::optional<double> smallest(const fs::path& mount, const fs::path& path, const Read& read) {
  std::optional<double> least;
  for (fs::path group = path.relative_path();; group = group.parent_path()) {
    const std::optional<double> quota = read(mount / group);
    if (quota && (!least || *quota < *least)) least = quota;
    if (group.empty()) return least;
  }
}

bool has_cpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "cpu") return true;
  }
  return false;
}

int affinity() {
  // The set must have room for all processors of the machine, or the call fails with EINVAL.
  for (size_t count = 1024; count <= 1 << 20; count *= 4) {
    std::vector<cpu_set_t> set(count / (8 * sizeof(cpu_set_t)));
    const size_t bytes = set.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, bytes, set.data()) == 0) {
      return std::max(1, CPU_COUNT_S(bytes, set.data()));
    }
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

std::optional<double> cpu_quota(const fs::path& root) {
  const fs::path mounts = root / "sys/fs/cgroup";
  std::optional<double> least;
  std::ifstream groups(root / "proc/self/cgroup");
  // "0::/user.slice" (v2) or "4:cpu,cpuacct:/docker/1f0a" (v1).
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    std::optional<double> quota;
    if (controllers.empty()) {
      quota = smallest(mounts, path, read_v2);
    } else if (has_cpu(controllers)) {
      quota = smallest(mounts / controllers, path, read_v1);
      if (!quota) quota = smallest(mounts / "cpu", path, read_v1);
    }
    if (quota && (!least || *quota < *least)) least = quota;
  }
  return least;
}

int usable_processors() {
  const int processors = affinity();
  const std::optional<double> quota = cpu_quota();
  if (!quota || *quota >= processors) return processors;
  return std::max(1, static_cast<int>(std::ceil(*quota)));
}

}  // namespace sightline
