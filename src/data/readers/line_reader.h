// Reads a text file line by line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "data/readers/byte_stream.h"

namespace sightline {

// Lines end in LF or CRLF. A UTF-8 byte order mark is skipped, and so is the part of a line beyond
// `max_bytes`.
class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& file, int64_t max_bytes)
      : stream_(file), max_bytes_(max_bytes) {
    stream_.skip_byte_order_mark();
  }

  // Reads the next line without its line end. Returns false at the end of the file. Throws io.
  bool next(std::string& line) {
    line.clear();
    too_long_ = false;
    int c = stream_.get();
    if (c == ByteStream::kEnd) return false;
    ++number_;
    for (; c != ByteStream::kEnd && c != '\n'; c = stream_.get()) {
      too_long_ = too_long_ || static_cast<int64_t>(line.size()) == max_bytes_;
      if (!too_long_) line.push_back(static_cast<char>(c));
    }
    if (line.ends_with('\r')) line.pop_back();
    return true;
  }
  int64_t number() const { return number_; }   // of the last line read, from 1
  bool too_long() const { return too_long_; }  // whether the last line read was truncated

 private:
  ByteStream stream_;
  int64_t max_bytes_;
  int64_t number_ = 0;
  bool too_long_ = false;
};

}  // namespace sightline
