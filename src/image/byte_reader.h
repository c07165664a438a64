// Reads integers from a file in memory, with bounds checks.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "image/pixels.h"

namespace sightline::image {

// Every read past the end of `bytes` throws invalid_data. `name` is the file's name in messages.
class ByteReader {
 public:
  ByteReader(std::span<const uint8_t> bytes, const std::string& name)
      : bytes_(bytes), name_(name) {}

  size_t position() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  void seek(size_t position) {
    if (position > bytes_.size()) fail();
    at_ = position;
  }

  std::span<const uint8_t> take(size_t count) {
    if (count > left()) fail();
    const auto part = bytes_.subspan(at_, count);
    at_ += count;
    return part;
  }
  uint8_t u8() { return take(1)[0]; }
  uint16_t u16_le() {
    const auto b = take(2);
    return static_cast<uint16_t>(b[0] | b[1] << 8);
  }
  uint32_t u32_le() {
    const auto b = take(4);
    return b[0] | uint32_t{b[1]} << 8 | uint32_t{b[2]} << 16 | uint32_t{b[3]} << 24;
  }
  uint32_t u32_be() {
    const auto b = take(4);
    return b[3] | uint32_t{b[2]} << 8 | uint32_t{b[1]} << 16 | uint32_t{b[0]} << 24;
  }

  [[noreturn]] void fail() const {
    throw_invalid_data(name_, "is truncated: the data ends after " + std::to_string(bytes_.size()) +
                                  " bytes, before the image is complete");
  }

 private:
  std::span<const uint8_t> bytes_;
  const std::string& name_;
  size_t at_ = 0;
};

}  // namespace sightline::image
