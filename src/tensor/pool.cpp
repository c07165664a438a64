#include "tensor/pool.h"

#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace sightline {
namespace {

constexpr size_t kAlignment = 64;
// Blocks kept unused, in all; more goes back to the system at once.
constexpr size_t kMaxIdleBytes = 192u << 20;

struct Pool {
  std::mutex mutex;
  std::map<size_t, std::vector<void*>> idle;  // by rounded size
  size_t idle_bytes = 0;
};

// Never destroyed: tensors with static lifetime may give their block back after main().
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

// Sizes are rounded up in steps of 1/8, so that batches of nearly equal size share blocks.
size_t rounded(size_t bytes) {
  if (bytes <= 4096) return (bytes + kAlignment) / kAlignment * kAlignment;
  size_t step = 512;
  while (step * 16 <= bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

}  // namespace

void* pool_allocate(size_t bytes) {
  const size_t size = rounded(bytes);
  Pool& p = pool();
  {
    const std::lock_guard lock(p.mutex);
    const auto found = p.idle.find(size);
    if (found != p.idle.end() && !found->second.empty()) {
      void* block = found->second.back();
      found->second.pop_back();
      p.idle_bytes -= size;
      return block;
    }
  }
  void* block = std::aligned_alloc(kAlignment, size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void pool_release(void* block, size_t bytes) noexcept {
  const size_t size = rounded(bytes);
  Pool& p = pool();
  try {
    const std::lock_guard lock(p.mutex);
    if (p.idle_bytes + size <= kMaxIdleBytes) {
      p.idle[size].push_back(block);
      p.idle_bytes += size;
      return;
    }
  } catch (...) {  // no memory for the book-keeping: then the block is not kept
  }
  std::free(block);
}

void pool_trim() noexcept {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  for (auto& [size, blocks] : p.idle) {
    for (void* block : blocks) std::free(block);
  }
  p.idle.clear();
  p.idle_bytes = 0;
}

}  // namespace sightline
