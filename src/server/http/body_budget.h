// Bounds the memory of all bodies of requests together, and likewise of answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace sightline::server {

// Bytes that bodies may take together. Thread-safe.
struct BodyBudget {
  explicit BodyBudget(std::int64_t bytes) : left(bytes) {}
  std::atomic<std::int64_t> left;
};

// The share of one body; returned on destruction.
class BodyLease {
 public:
  explicit BodyLease(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
  ~BodyLease() { budget_->left += held_; }
  BodyLease(const BodyLease&) = delete;
  BodyLease& operator=(const BodyLease&) = delete;

  // Raises the lease to `bytes` if the budget allows it.
  bool extend_to(std::int64_t bytes) {
    const std::int64_t more = bytes - held_;
    if (more <= 0) return true;
    if (budget_->left.fetch_sub(more) < more) {
      budget_->left += more;
      return false;
    }
    held_ = bytes;
    return true;
  }

 private:
  const std::shared_ptr<BodyBudget> budget_;
  std::int64_t held_ = 0;
};

}  // namespace sightline::server
