#include "threads/processors.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace sightline {
namespace {

namespace fs = std::filesystem;

class CpuQuota : public ::testing::Test {
 protected:
  CpuQuota() { fs::create_directories(root_); }
  ~CpuQuota() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  std::optional<double> quota() const { return cpu_quota(root_); }

 private:
  fs::path root_ = fs::path(::testing::TempDir()) / ("cpu_quota_" + std::to_string(::getpid()));
};

TEST_F(CpuQuota, IsAbsentWithoutControlGroups) {
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuota, ReadsVersion2) {
  write("proc/self/cgroup", "0::/user.slice/run-1.scope\n");
  write("sys/fs/cgroup/user.slice/run-1.scope/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 1.5);
}

TEST_F(CpuQuota, IsAbsentIfUnlimited) {
  write("proc/self/cgroup", "0::/a\n");
  write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuota, TakesTheSmallestOfAllAncestors) {
  write("proc/self/cgroup", "0::/a/b/c\n");
  write("sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
  write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/a/cpu.max", "100000 50000\n");
  EXPECT_EQ(quota(), 2.0);
}

// In a container with its own view of /sys/fs/cgroup, the path can be that of the host.
TEST_F(CpuQuota, ReadsTheRootIfThePathIsThatOfTheHost) {
  write("proc/self/cgroup", "0::/system.slice/docker-1f0a.scope\n");
  write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(quota(), 0.5);
}

TEST_F(CpuQuota, ReadsVersion1) {
  write("proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/1f0a\n1:name=systemd:/\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1f0a/cpu.cfs_quota_us", "300000\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1f0a/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 3.0);
}

TEST_F(CpuQuota, IgnoresWhatItCannotRead) {
  write("proc/self/cgroup", "no colons\n0::/a\n7:cpuset:/b\n");
  write("sys/fs/cgroup/a/cpu.max", "many\n");
  write("sys/fs/cgroup/cpuset/b/cpu.cfs_quota_us", "100000\n");
  write("sys/fs/cgroup/cpuset/b/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST(UsableProcessors, FollowsTheAffinity) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_processors(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
  EXPECT_GE(usable_processors(), 1);
  EXPECT_LE(usable_processors(), CPU_COUNT(&before));
}

}  // namespace
}  // namespace sightline
