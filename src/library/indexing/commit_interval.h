// The interval in which long work commits.
#pragma once

#include <sightline/error.h>

#include <chrono>

namespace sightline::library {

inline constexpr std::chrono::seconds kCommitInterval{5};

// Calls `body`, then `commit`; also after `body` was cancelled, and throws that again. Other
// exceptions leave the last commit.
template <typename Body, typename Commit>
void run_and_commit(const Body& body, const Commit& commit) {
  try {
    body();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) commit();
    throw;
  }
  commit();
}

}  // namespace sightline::library
