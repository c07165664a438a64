// The one exception type of the library.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace sightline {

enum class ErrorCode {
  invalid_argument,  // the caller asked for something that makes no sense
  not_found,         // a file, name or row that should exist does not
  invalid_data,      // bytes that are not what their format promises
  unsupported,       // valid, but not in this build or not implemented
  limit_exceeded,    // larger than a stated limit
  io,                // the operating system refused
  cancelled,         // a signal or the caller stopped the work
  internal,          // our bug
};

// Stable lower-case name of a code, as `--json` prints it ("invalid_data").
std::string_view error_code_name(ErrorCode code);

// Thrown by every function of this library that fails. what() is one sentence that says what
// happened, to which object, what was expected and what was found. Errors of libraries underneath
// (oneDNN, libtorch, libjpeg …) never pass through; they are turned into this type.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace sightline
