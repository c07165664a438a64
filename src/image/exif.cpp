#include "image/exif.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "image/pixels.h"
#include "image/tiff_block.h"

namespace sightline::image {
namespace {

constexpr uint16_t kOrientationTag = 0x0112;
// Types of TIFF fields.
constexpr uint16_t kShort = 3;
constexpr uint16_t kLong = 4;
constexpr uint16_t kSignedShort = 8;
constexpr uint16_t kSignedLong = 9;

// Returns the position of a tag's entry in the first directory of a classic TIFF.
std::optional<size_t> find_entry(std::span<const uint8_t> tiff, uint16_t tag) {
  if (tiff.size() < 8 ||
      (std::memcmp(tiff.data(), "II", 2) != 0 && std::memcmp(tiff.data(), "MM", 2) != 0)) {
    return std::nullopt;
  }
  const TiffBlock block(tiff);
  const std::optional<uint32_t> directory = block.u32(4);
  if (block.u16(2) != 42 || !directory) return std::nullopt;
  const std::optional<uint16_t> entries = block.u16(*directory);
  for (unsigned i = 0; entries && i < *entries; ++i) {
    const size_t at = size_t{*directory} + 2 + 12 * size_t{i};
    if (block.u16(at) == tag) return at;
  }
  return std::nullopt;
}

// Returns the value of the EXIF tag; nothing if there is no such tag. A value of another type than
// an integer is 0, which is no orientation.
std::optional<uint32_t> exif_value(std::span<const uint8_t> exif) {
  for (int prefix = 0; prefix < 2; ++prefix) {  // some writers repeat it
    if (exif.size() >= 6 && std::memcmp(exif.data(), "Exif\0\0", 6) == 0) exif = exif.subspan(6);
  }
  const std::optional<size_t> at = find_entry(exif, kOrientationTag);
  if (!at) return std::nullopt;
  const TiffBlock block(exif);
  const uint16_t type = block.u16(*at + 2).value_or(0);
  if (type == kShort || type == kSignedShort) return block.u16(*at + 8).value_or(0);
  if (type == kLong || type == kSignedLong) return block.u32(*at + 8).value_or(0);
  return 0;
}

// Returns the digit after the first `tiff:Orientation="` or `tiff:Orientation>`.
std::optional<uint32_t> xmp_value(std::span<const uint8_t> xmp) {
  const std::string_view text(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  constexpr std::string_view kName = "tiff:Orientation";
  for (size_t at = text.find(kName); at != text.npos; at = text.find(kName, at + 1)) {
    std::string_view rest = text.substr(at + kName.size());
    const size_t quote = rest.starts_with("=\"") ? 2 : rest.starts_with('>') ? 1 : 0;
    rest.remove_prefix(quote);
    if (quote > 0 && !rest.empty() && rest[0] >= '0' && rest[0] <= '9')
      return static_cast<uint32_t>(rest[0] - '0');
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint16_t> read_tiff_short(std::span<const uint8_t> tiff, uint16_t tag) {
  const std::optional<size_t> at = find_entry(tiff, tag);
  const TiffBlock block(tiff);
  return at && block.u16(*at + 2) == kShort ? block.u16(*at + 8) : std::nullopt;
}

int exif_orientation(std::span<const uint8_t> exif, std::span<const uint8_t> xmp) {
  std::optional<uint32_t> value = exif_value(exif);
  if (!value) value = xmp_value(xmp);
  return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
}

void apply_orientation(Raster& raster) {
  const int orientation = raster.orientation;
  raster.orientation = 1;
  if (orientation <= 1 || orientation > 8) return;
  const bool transposed = orientation >= 5;
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const PixelView in = view(raster);
  const auto bytes = static_cast<size_t>(in.channels);
  const int width = transposed ? in.height : in.width;
  const int height = transposed ? in.width : in.height;
  std::vector<uint8_t> out(in.size());
  uint8_t* to = out.data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x, to += bytes) {
      // The source pixel of (x, y), before mirroring.
      const int column = transposed ? y : x;
      const int row = transposed ? x : y;
      const int from_x = mirror_x ? in.width - 1 - column : column;
      const int from_y = mirror_y ? in.height - 1 - row : row;
      std::memcpy(to, in.row(from_y) + static_cast<size_t>(from_x) * bytes, bytes);
    }
  }
  raster.pixels = std::move(out);
  raster.width = width;
  raster.height = height;
  if (transposed) std::swap(raster.full_width, raster.full_height);
}

}  // namespace sightline::image
