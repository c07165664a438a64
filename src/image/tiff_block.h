// TiffBlock: reads integers of a TIFF file or EXIF block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sightline::image {

// Reads integers in the byte order that the block begins with ("II": little endian); std::nullopt
// beyond its end. A view: the bytes must outlive it.
class TiffBlock {
 public:
  explicit TiffBlock(std::span<const uint8_t> bytes) : bytes_(bytes) {
    little_ = bytes.size() >= 2 && bytes[0] == 'I';
  }

  std::optional<uint16_t> u16(size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 2) return std::nullopt;
    const unsigned a = bytes_[at];
    const unsigned b = bytes_[at + 1];
    return static_cast<uint16_t>(little_ ? a | b << 8 : a << 8 | b);
  }
  std::optional<uint32_t> u32(size_t at) const {
    const auto a = u16(at);
    const auto b = u16(at + 2);
    if (!a || !b) return std::nullopt;
    return little_ ? *a | uint32_t{*b} << 16 : uint32_t{*a} << 16 | *b;
  }
  // Returns `size` bytes; empty if they are not all inside the block.
  std::span<const uint8_t> slice(size_t at, size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) return {};
    return bytes_.subspan(at, size);
  }

 private:
  std::span<const uint8_t> bytes_;
  bool little_;
};

}  // namespace sightline::image
