// The orientation stored in a PNG file's chunks.
#pragma once

#include <cstdint>
#include <span>

namespace sightline::image {

// Collects the chunks that hold metadata: eXIf; "Raw profile type exif", EXIF as hexadecimal text;
// and "XML:com.adobe.xmp". The texts are in tEXt, zTXt or iTXt chunks. As in Pillow, the last chunk
// of a kind counts, and eXIf is preferred to the raw profile. Chunks are not copied.
class PngMetadata {
 public:
  // Ignores chunks of other types. `type` has four bytes.
  void add(std::span<const uint8_t> type, std::span<const uint8_t> body);

  // Returns the orientation 1..8; 1 if there is none. Texts that are not valid, or longer than 1
  // MiB when decompressed, are ignored.
  int orientation() const;

 private:
  struct Text {
    std::span<const uint8_t> bytes;
    bool compressed = false;
  };
  static Text text_of(std::span<const uint8_t> type, std::span<const uint8_t> after_keyword);

  std::span<const uint8_t> exif_;
  Text raw_profile_, xmp_;
};

}  // namespace sightline::image
