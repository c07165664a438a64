#include "base/huge_pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace sightline {
namespace {

// Whether the kernel's flags of the mapping that contains `address` have "hg": huge pages wanted.
bool wants_huge_pages(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2)
      inside = begin <= wanted && wanted < end;
    if (!inside || line.rfind("VmFlags:", 0) != 0) continue;
    std::istringstream flags(line.substr(8));
    for (std::string flag; flags >> flag;) {
      if (flag == "hg") return true;
    }
  }
  return false;
}

TEST(HugePages, AreWantedForTheseBytesOnlyWhichStayAsTheyAre) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t size = 16 * page;
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  auto* bytes = static_cast<uint8_t*>(mapped);
  std::fill_n(bytes, size, uint8_t{7});
  prefer_huge_pages({bytes, size_t{0}});
  EXPECT_FALSE(wants_huge_pages(bytes));
  prefer_huge_pages({bytes + 4 * page + 5, 2 * page});  // pages 4 to 6
  if (std::filesystem::exists("/sys/kernel/mm/transparent_hugepage")) {
    for (const size_t p : {4, 5, 6}) EXPECT_TRUE(wants_huge_pages(bytes + p * page)) << p;
  }
  for (const size_t p : {3, 7}) EXPECT_FALSE(wants_huge_pages(bytes + p * page)) << p;
  EXPECT_TRUE(std::all_of(bytes, bytes + size, [](uint8_t b) { return b == 7; }));
  ::munmap(mapped, size);
}

}  // namespace
}  // namespace sightline
