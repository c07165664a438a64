// Reads a text file byte by byte as UTF-8, through a buffer of fixed size.
#pragma once

#include <sightline/error.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "base/text_encoding.h"

namespace sightline {

// Skips a byte order mark, and decodes UTF-16 and UTF-32 that begin with one. The bytes may be
// invalid UTF-8; see text_problem().
class TextStream {
 public:
  static constexpr int kEnd = -1;

  explicit TextStream(const std::filesystem::path& path)
      : path_(path.string()), file_(std::fopen(path.c_str(), "rbe")) {
    if (!file_) {
      throw Error(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                  "cannot open '" + path_ + "': " + std::strerror(errno));
    }
    read_block();
    const ByteOrderMark mark = byte_order_mark(block_);
    encoding_ = mark.encoding;
    converter_ = Utf8Converter(mark.encoding);
    if (mark.encoding == TextEncoding::utf8) {
      at_ = mark.bytes;
    } else {
      convert(std::string_view(block_).substr(mark.bytes));
    }
  }

  // Returns the next byte and advances past it, or kEnd. Throws io.
  int get() {
    const int c = peek();
    if (c == kEnd) return c;
    ++at_;
    if (c == '\n' || (c == '\r' && peek() != '\n')) ++line_;
    return c;
  }
  // Returns the next byte without advancing, or kEnd. Throws io.
  int peek() {
    while (at_ == block_.size()) {
      if (!fill()) return kEnd;
    }
    return static_cast<unsigned char>(block_[at_]);
  }
  // Returns the number of the next byte's line, from 1. Lines end in LF, CRLF or CR.
  int64_t line() const { return line_; }

 private:
  static constexpr size_t kBlockBytes = 1 << 16;

  // Reads the next block, which is empty at the end of the file.
  void read_block() {
    at_ = 0;
    block_.resize(kBlockBytes);
    block_.resize(std::fread(block_.data(), 1, block_.size(), file_.get()));
    if (block_.empty() && std::ferror(file_.get())) {
      throw Error(ErrorCode::io, "cannot read '", path_, "': ", std::strerror(errno));
    }
  }
  // Replaces the block by its UTF-8.
  void convert(std::string_view bytes) {
    std::string text;
    converter_.append(bytes, text);
    if (bytes.empty()) converter_.finish(text);
    block_ = std::move(text);
  }
  bool fill() {
    if (ended_) return false;
    read_block();
    ended_ = block_.empty();
    if (encoding_ != TextEncoding::utf8) convert(std::string(block_));
    return !ended_ || !block_.empty();
  }

  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
  std::string block_;
  TextEncoding encoding_ = TextEncoding::utf8;
  Utf8Converter converter_{TextEncoding::utf8};
  size_t at_ = 0;
  int64_t line_ = 1;
  bool ended_ = false;
};

}  // namespace sightline
