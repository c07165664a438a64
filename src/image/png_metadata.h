// The metadata stored in a PNG file's chunks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline::image {

// Collects the chunks that hold metadata: eXIf; "Raw profile type exif" and "… iptc", blocks as
// hexadecimal text; and "XML:com.adobe.xmp". The texts are in tEXt, zTXt or iTXt chunks. As in
// Pillow, the last chunk of a kind counts, and eXIf is preferred to the raw profile. Chunks are not
// copied.
class PngMetadata {
 public:
  // Ignores chunks of other types. `type` has four bytes.
  void add(std::span<const uint8_t> type, std::span<const uint8_t> body);

  // Returns the orientation 1..8; 1 if there is none.
  int orientation() const;

  // Each returns a block, part of a chunk or of `storage`; empty if there is none. Texts that are
  // not valid, or longer than 1 MiB when decompressed, are ignored.
  std::span<const uint8_t> exif(std::vector<uint8_t>& storage) const;
  std::span<const uint8_t> xmp(std::vector<uint8_t>& storage) const;
  // IPTC-IIM data sets, or Photoshop's image resources ("8BIM") that have them.
  std::span<const uint8_t> iptc(std::vector<uint8_t>& storage) const;

 private:
  struct Text {
    std::span<const uint8_t> bytes;
    bool compressed = false;
  };
  static Text text_of(std::span<const uint8_t> type, std::span<const uint8_t> after_keyword);
  static std::span<const uint8_t> profile(const Text& text, std::vector<uint8_t>& storage);

  std::span<const uint8_t> exif_;
  Text exif_profile_, iptc_profile_, xmp_;
};

}  // namespace sightline::image
