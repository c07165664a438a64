#include "tensor/pool.h"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>

#include "tensor/huge_pages.h"

namespace sightline {
namespace {

constexpr size_t kAlignment = 64;
// Blocks of at least this size are separate mappings on huge pages (map_huge).
constexpr size_t kMappedBytes = 2 * kHugePage;
// Limit of the total size of idle blocks; blocks beyond it are returned to the system at once.
constexpr size_t kMaxIdleBytes = 192u << 20;

// Stored in the kAlignment bytes before the address that the caller receives.
struct Header {
  size_t size;  // of the whole block, including the header
};
static_assert(sizeof(Header) <= kAlignment);

struct Pool {
  std::mutex mutex;
  std::multimap<size_t, void*> idle;  // block size -> block
  size_t idle_bytes = 0;
};

// Never destroyed: tensors with static lifetime may release their block after main().
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

size_t round_up(size_t value, size_t step) {
  return (value + step - 1) / step * step;
}

// The size of the block for `bytes`, including the header. Rounded up in steps of at most 1/8, so
// that batches of nearly equal size can reuse each other's blocks.
size_t block_size(size_t bytes) {
  if (bytes > SIZE_MAX / 2) throw std::bad_alloc();
  const size_t size = bytes + kAlignment;
  if (size <= 4096) return round_up(size, kAlignment);
  size_t step = 512;
  while (step * 16 <= size) step *= 2;
  return round_up(size, step);
}

void* new_block(size_t size) {
  if (size >= kMappedBytes) return map_huge(size);
  void* const block = std::aligned_alloc(kAlignment, size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void delete_block(void* block, size_t size) noexcept {
  if (size >= kMappedBytes) {
    unmap_huge(block, size);
  } else {
    std::free(block);
  }
}

// Removes and returns an idle block of size..2 * size bytes, or null if there is none. In that case
// it also frees the largest smaller block if that has at least size / 2 bytes, because the new
// block can replace it: a transformer's largest tensors (2, 3 and 4 times the width) then share one
// block.
void* take_idle(Pool& p, size_t size) {
  auto found = p.idle.lower_bound(size);
  if (found != p.idle.end() && found->first <= 2 * size) {
    void* const block = found->second;
    p.idle_bytes -= found->first;
    p.idle.erase(found);
    return block;
  }
  if (found != p.idle.begin() && size >= kMappedBytes) {
    --found;
    if (2 * found->first >= size) {
      p.idle_bytes -= found->first;
      delete_block(found->second, found->first);
      p.idle.erase(found);
    }
  }
  return nullptr;
}

}  // namespace

void* pool_allocate(size_t bytes) {
  const size_t size = block_size(bytes);
  void* block = nullptr;
  {
    Pool& p = pool();
    const std::lock_guard lock(p.mutex);
    block = take_idle(p, size);
  }
  if (block == nullptr) {
    block = new_block(size);
    new (block) Header{size};
  }
  return static_cast<char*>(block) + kAlignment;
}

void pool_release(void* block) noexcept {
  void* const whole = static_cast<char*>(block) - kAlignment;
  const size_t size = static_cast<const Header*>(whole)->size;
  try {
    Pool& p = pool();
    const std::lock_guard lock(p.mutex);
    if (p.idle_bytes + size <= kMaxIdleBytes) {
      p.idle.emplace(size, whole);
      p.idle_bytes += size;
      return;
    }
  } catch (...) {  // out of memory in emplace: the block is freed instead
  }
  delete_block(whole, size);
}

void pool_trim() noexcept {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  for (const auto& [size, block] : p.idle) delete_block(block, size);
  p.idle.clear();
  p.idle_bytes = 0;
}

}  // namespace sightline
