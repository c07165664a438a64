// The text part of PNM files: header fields and plain samples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "image/decoders.h"

namespace sightline::image {

// Parses a decimal number of at most 10 digits; std::nullopt for anything else.
std::optional<int64_t> parse_pnm_number(const std::string& token);

// Returns the text with every character that is not printable ASCII replaced by '?'.
std::string printable(std::string text);

// Reads tokens that white space separates. A comment extends from '#' to the end of the line; as in
// Pillow, it does not end a token. Every read past the end throws invalid_data.
class PnmText {
 public:
  PnmText(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  size_t position() const { return at_; }
  void skip(size_t count);

  // Returns the next token and consumes the one white-space character after it. Throws invalid_data
  // for a token of more than 10 characters.
  std::string token();
  // Returns the next digit 0 or 1; between digits, white space is optional.
  bool bit();
  // Returns the rest of the line, without its end.
  std::string line();

 private:
  bool at_end() const { return at_ == bytes_.size(); }
  void skip_comment();
  [[noreturn]] void fail() const;

  Bytes bytes_;
  const std::string& name_;
  size_t at_ = 0;
};

}  // namespace sightline::image
