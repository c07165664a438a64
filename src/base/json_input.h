// Input of the JSON parser that accepts what Python's json module writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace sightline {

// The replacement of NaN, Infinity and -Infinity, which are not JSON.
enum class NotFinite { null, text };  // text: the string "NaN", "Infinity" or "-Infinity"

// Replaces NaN, Infinity and -Infinity outside strings. Source has int get() and int peek(), which
// return kEnd at the end.
template <typename Source>
class JsonInput {
 public:
  static constexpr int kEnd = -1;

  explicit JsonInput(Source& source, NotFinite not_finite = NotFinite::null)
      : source_(source), not_finite_(not_finite) {
    get();
  }

  // Returns the next byte without advancing, or kEnd.
  int peek() const { return next_; }
  // Returns the next byte and advances past it, or kEnd.
  int get() {
    const int c = next_;
    line_ += last_ == '\n';
    last_ = c;
    taken_ = read_;
    next_ = filtered();
    return c;
  }
  // Returns the number of bytes of the source up to the last one that get() returned.
  int64_t position() const { return taken_; }
  // Returns the number of the line, from 1, of the last byte that get() returned.
  int64_t line() const { return line_; }

 private:
  int take() {
    const int c = source_.get();
    read_ += c != kEnd;
    return c;
  }

  int filtered() {
    if (!replacement_.empty()) return pop();
    const int c = take();
    if (in_string_) {
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
      return c;
    }
    in_string_ = c == '"';
    if (c == 'N') return word("\"NaN\"");
    if (c == 'I') return word("\"Infinity\"");
    if (c == '-' && source_.peek() == 'I') return word("\"-Infinity\"");
    return c;
  }

  // The first character of the word, given in quotes, has been taken. Returns what has been read if
  // it is not the whole word.
  int word(std::string_view quoted) {
    const std::string_view expected = quoted.substr(1, quoted.size() - 2);
    size_t matched = 1;
    while (matched < expected.size() && source_.peek() == expected[matched]) {
      take();
      ++matched;
    }
    if (matched < expected.size()) {
      replacement_ = expected.substr(0, matched);
    } else {
      replacement_ = not_finite_ == NotFinite::null ? "null" : quoted;
    }
    return pop();
  }

  int pop() {
    const int c = replacement_.front();
    replacement_.remove_prefix(1);
    return c;
  }

  Source& source_;
  NotFinite not_finite_;
  int next_ = kEnd, last_ = kEnd;
  int64_t read_ = 0, taken_ = 0, line_ = 1;
  std::string_view replacement_;
  bool in_string_ = false, escaped_ = false;
};

// The input iterator that the parser expects.
template <typename Source>
class JsonInputIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  JsonInputIterator() = default;  // the end
  explicit JsonInputIterator(JsonInput<Source>* input) : input_(input) {}
  char operator*() const { return static_cast<char>(input_->peek()); }
  JsonInputIterator& operator++() {
    input_->get();
    return *this;
  }
  JsonInputIterator operator++(int) {
    JsonInputIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const JsonInputIterator& a, const JsonInputIterator& b) {
    return a.at_end() == b.at_end();
  }
  friend bool operator!=(const JsonInputIterator& a, const JsonInputIterator& b) {
    return !(a == b);
  }

 private:
  bool at_end() const { return input_ == nullptr || input_->peek() == JsonInput<Source>::kEnd; }
  JsonInput<Source>* input_ = nullptr;
};

}  // namespace sightline
