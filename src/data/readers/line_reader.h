// Reads a text file line by line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "data/readers/text_stream.h"

namespace sightline {

// Lines end in LF, CRLF or CR. The part of a line beyond `max_bytes` is skipped.
class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& file, int64_t max_bytes)
      : stream_(file), max_bytes_(max_bytes) {}

  // Reads the next line without its line end. Returns false at the end of the file. Throws io.
  bool next(std::string& line) {
    line.clear();
    too_long_ = false;
    if (stream_.peek() == TextStream::kEnd) return false;
    number_ = stream_.line();
    for (;;) {
      const int c = stream_.get();
      if (c == TextStream::kEnd || c == '\n') return true;
      if (c == '\r') {
        if (stream_.peek() == '\n') stream_.get();
        return true;
      }
      too_long_ = too_long_ || static_cast<int64_t>(line.size()) == max_bytes_;
      if (!too_long_) line.push_back(static_cast<char>(c));
    }
  }
  int64_t number() const { return number_; }   // of the last line read, from 1
  bool too_long() const { return too_long_; }  // whether the last line read was truncated

 private:
  TextStream stream_;
  int64_t max_bytes_;
  int64_t number_ = 0;
  bool too_long_ = false;
};

}  // namespace sightline
