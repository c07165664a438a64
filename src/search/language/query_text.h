// The text of a query while it is parsed.
#pragma once

#include <sightline/error.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace sightline::language {

// A part of the query's text, and the place where it begins.
struct Value {
  std::string text;  // without quotes
  size_t at = 0;     // in bytes
  bool quoted = false;
};

class QueryText {
 public:
  explicit QueryText(std::string_view text) : text_(text) {}

  size_t position() const { return at_; }
  bool at_end() const { return at_ == text_.size(); }
  // The next byte; 0 at the end.
  char next() const { return at_end() ? '\0' : text_[at_]; }
  std::string_view rest() const { return text_.substr(at_); }
  std::string_view between(size_t begin, size_t end) const {
    return text_.substr(begin, end - begin);
  }
  // Whether a word ends here: white space or the end of the text.
  bool at_word_end() const;

  void skip(size_t bytes) { at_ += bytes; }
  void skip_space();
  // Returns the text up to the next white space, or the next ',' if that ends it too.
  std::string_view take_word(bool comma_ends = false);
  // Reads a text in quotes; the next byte is '"'. In quotes, \" is a quote and \\ a backslash.
  Value take_quoted();

  // Throws "column N of the query: …".
  template <typename... Parts>
  [[noreturn]] void fail(size_t at, const Parts&... parts) const {
    throw Error(ErrorCode::invalid_argument, "column ", column(at), " of the query: ", parts...);
  }

 private:
  size_t column(size_t at) const;  // in characters from 1

  std::string_view text_;
  size_t at_ = 0;
};

// Returns a text as it is shown in messages: in single quotes, or "the end of the query".
std::string found(std::string_view text);

}  // namespace sightline::language
