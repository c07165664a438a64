// Error: the exception type of the library.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace sightline {

enum class ErrorCode {
  invalid_argument,  // an argument is not valid
  not_found,         // a file, name or row does not exist
  invalid_data,      // data does not conform to its format
  unsupported,       // valid, but not implemented or not part of this build
  limit_exceeded,    // larger than a configured limit
  io,                // a system call failed
  cancelled,         // stopped by a signal or by the caller
  internal,          // a bug in this library
};

// Returns the name of a code, such as "invalid_data". `--json` prints it, so names never change.
std::string_view error_code_name(ErrorCode code);

// Concatenates strings, characters and numbers. Numbers are formatted as by std::to_string. Other
// types do not compile.
template <typename... Parts>
std::string message(const Parts&... parts) {
  std::string text;
  const auto append = [&text](const auto& part) {
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (std::is_arithmetic_v<Part> && !std::is_same_v<Part, char>) {
      text += std::to_string(part);
    } else {
      // std::string += part also accepts a type that converts to an integer, such as std::atomic,
      // and appends it as one character.
      static_assert(std::is_same_v<Part, char> || std::is_convertible_v<Part, std::string_view> ||
                        std::is_convertible_v<Part, std::string>,
                    "a part of a message is a string, a char or a number");
      text += part;
    }
  };
  (append(parts), ...);
  return text;
}

// The exception that functions of this library throw on failure. what() is one sentence: what
// failed, for which object, what was expected and what was found. Failures of other libraries
// (oneDNN, libtorch, libjpeg …) are converted to this type.
class Error : public std::runtime_error {
 public:
  // what() is message(parts...).
  template <typename... Parts>
  explicit Error(ErrorCode code, const Parts&... parts)
      : std::runtime_error(message(parts...)), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace sightline
