// Reads a file byte by byte through a buffer of fixed size.
#pragma once

#include <sightline/error.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

class ByteStream {
 public:
  static constexpr int kEnd = -1;

  explicit ByteStream(const std::filesystem::path& path)
      : path_(path.string()), file_(std::fopen(path.c_str(), "rbe")), buffer_(1 << 16) {
    if (!file_) {
      throw Error(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                  "cannot open '" + path_ + "': " + std::strerror(errno));
    }
  }

  // Returns the next byte and advances past it, or kEnd. Throws io.
  int get() {
    if (at_ == size_ && !fill()) return kEnd;
    return buffer_[at_++];
  }
  // Returns the next byte without advancing, or kEnd. Throws io.
  int peek() {
    if (at_ == size_ && !fill()) return kEnd;
    return buffer_[at_];
  }
  // Skips a UTF-8 byte order mark. Call it before the first get() or peek().
  void skip_byte_order_mark() {
    if (fill() && size_ >= 3 && std::memcmp(buffer_.data(), "\xEF\xBB\xBF", 3) == 0) at_ = 3;
  }

 private:
  bool fill() {
    at_ = 0;
    size_ = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
    if (size_ == 0 && std::ferror(file_.get())) {
      throw Error(ErrorCode::io, "cannot read '", path_, "': ", std::strerror(errno));
    }
    return size_ > 0;
  }

  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
  std::vector<unsigned char> buffer_;
  size_t at_ = 0, size_ = 0;
};

}  // namespace sightline
