#include "tensor/huge_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

namespace sightline {
namespace {

// munmap requires whole pages.
size_t whole_pages(size_t size) {
  static const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

}  // namespace

void* map_huge(size_t size) {
  if (size > SIZE_MAX / 2) throw std::bad_alloc();
  size = whole_pages(size);
  void* const raw =
      ::mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  const auto address = reinterpret_cast<uintptr_t>(raw);
  const uintptr_t begin = (address + kHugePage - 1) / kHugePage * kHugePage;
  if (begin > address) ::munmap(raw, begin - address);
  const uintptr_t after = address + kHugePage - begin;
  if (after > 0) ::munmap(reinterpret_cast<void*>(begin + size), after);
  void* const block = reinterpret_cast<void*>(begin);
  ::madvise(block, size, MADV_HUGEPAGE);  // a hint; its failure is ignored
  return block;
}

void unmap_huge(void* block, size_t size) noexcept {
  ::munmap(block, whole_pages(size));
}

}  // namespace sightline
