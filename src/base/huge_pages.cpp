#include "base/huge_pages.h"

#include <sys/mman.h>
#include <unistd.h>

namespace sightline {

void prefer_huge_pages([[maybe_unused]] std::span<const uint8_t> mapped) {
#if defined(MADV_HUGEPAGE)
  if (mapped.empty()) return;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(mapped.data()) / page * page;
  const auto end = reinterpret_cast<uintptr_t>(mapped.data()) + mapped.size();
  // Fails where the kernel is built without huge pages, which changes nothing.
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace sightline
