// The settings of the OpenMP runtime in the program: libgomp prints them with OMP_DISPLAY_ENV.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "process.h"

namespace sightline::testing {
namespace {

// Returns the settings that libgomp prints when the program starts with these variables.
std::string openmp_settings(std::vector<std::string> variables) {
  std::vector<std::string> command = {
      "/usr/bin/env",   "-u", "OMP_WAIT_POLICY", "-u",
      "GOMP_SPINCOUNT", "-u", "OMP_NUM_THREADS", "OMP_DISPLAY_ENV=VERBOSE"};
  command.insert(command.end(), variables.begin(), variables.end());
  command.insert(command.end(), {SIGHTLINE_PROGRAM, "--version"});
  return run_command(command).err;
}

#if defined(__SANITIZE_THREAD__)
#define SKIP_WITHOUT_OPENMP() GTEST_SKIP() << "loops do not use OpenMP in this build"
#else
#define SKIP_WITHOUT_OPENMP() static_cast<void>(0)
#endif

TEST(Threads, SpinBrieflyByDefault) {
  SKIP_WITHOUT_OPENMP();
  const std::string settings = openmp_settings({});
  EXPECT_TRUE(has(settings, "GOMP_SPINCOUNT = '2000'")) << settings;
}

TEST(Threads, FollowTheEnvironment) {
  SKIP_WITHOUT_OPENMP();
  const std::string spin = openmp_settings({"GOMP_SPINCOUNT=77"});
  EXPECT_TRUE(has(spin, "GOMP_SPINCOUNT = '77'")) << spin;
  const std::string passive = openmp_settings({"OMP_WAIT_POLICY=passive"});
  EXPECT_TRUE(has(passive, "OMP_WAIT_POLICY = 'PASSIVE'")) << passive;
  EXPECT_TRUE(has(passive, "GOMP_SPINCOUNT = '0'")) << passive;
  const std::string threads = openmp_settings({"OMP_NUM_THREADS=3"});
  EXPECT_TRUE(has(threads, "OMP_NUM_THREADS = '3'")) << threads;
}

}  // namespace
}  // namespace sightline::testing
