// A memory pool for Arrow with a limit. Arrow allocates the size that a page header claims before
// it checks whether the file has that much, so a file of a few kilobytes could allocate gigabytes.
#pragma once

#include <arrow/memory_pool.h>
#include <arrow/status.h>

#include <algorithm>
#include <atomic>
#include <string>

namespace sightline {

// Must outlive every buffer allocated from it.
class LimitedPool : public arrow::MemoryPool {
 public:
  explicit LimitedPool(int64_t limit) : limit_(limit), pool_(*arrow::system_memory_pool()) {}

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;

  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    ARROW_RETURN_NOT_OK(check(size));
    ARROW_RETURN_NOT_OK(pool_.Allocate(size, alignment, out));
    return count(size);
  }
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** memory) override {
    ARROW_RETURN_NOT_OK(check(new_size - old_size));
    ARROW_RETURN_NOT_OK(pool_.Reallocate(old_size, new_size, alignment, memory));
    return count(new_size - old_size);
  }
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override {
    pool_.Free(buffer, size, alignment);
    used_ -= size;
  }

  int64_t bytes_allocated() const override { return used_; }
  int64_t max_memory() const override { return most_; }
  int64_t total_bytes_allocated() const override { return total_; }
  int64_t num_allocations() const override { return allocations_; }
  std::string backend_name() const override { return "limited"; }

 private:
  arrow::Status check(int64_t more) const {
    if (more <= limit_ - used_) return arrow::Status::OK();
    return arrow::Status::OutOfMemory("its pages claim ", more, " bytes in addition to ",
                                      used_.load(), " in use; the limit is ", limit_);
  }
  arrow::Status count(int64_t more) {
    const int64_t now = used_ += more;
    most_ = std::max(most_.load(), now);
    total_ += std::max<int64_t>(more, 0);
    ++allocations_;
    return arrow::Status::OK();
  }

  const int64_t limit_;
  arrow::MemoryPool& pool_;
  // Arrow may free buffers on its own threads.
  std::atomic<int64_t> used_ = 0, most_ = 0, total_ = 0, allocations_ = 0;
};

}  // namespace sightline
