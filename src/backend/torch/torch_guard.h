// Converts libtorch's exceptions to Error, and throws for shapes that do not fit.
#pragma once

#include <ATen/ATen.h>
#include <sightline/error.h>

#include <string>

#include "ops/ops.h"

namespace sightline {

template <typename Fn>
auto guarded(const char* operation, Fn&& fn) {
  try {
    return fn();
  } catch (const c10::Error& error) {
    throw Error(ErrorCode::invalid_argument, operation, ": ", error.what_without_backtrace());
  }
}

[[noreturn]] inline void bad_shape(const std::string& operation, const std::string& what) {
  throw Error(ErrorCode::invalid_argument, operation, ": ", what);
}

}  // namespace sightline
