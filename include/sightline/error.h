// The one exception type of the library.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

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

// Joins strings, characters and numbers to one text. Numbers are formatted as std::to_string does.
template <typename... Parts>
std::string message(const Parts&... parts) {
  std::string text;
  const auto append = [&text](const auto& part) {
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (std::is_arithmetic_v<Part> && !std::is_same_v<Part, char>) {
      text += std::to_string(part);
    } else {
      text += part;
    }
  };
  (append(parts), ...);
  return text;
}

// The exception that every function of this library throws on failure. what() is one sentence: what
// happened, to which object, what was expected, what was found. Exceptions of other libraries
// (oneDNN, libtorch, libjpeg …) are converted to this type and never reach the caller.
class Error : public std::runtime_error {
 public:
  // The message is message(parts...).
  template <typename... Parts>
  explicit Error(ErrorCode code, const Parts&... parts)
      : std::runtime_error(message(parts...)), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace sightline
