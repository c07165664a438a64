#include "image/metadata/exif_fields.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "image/metadata/metadata_text.h"
#include "image/tiff_block.h"

namespace sightline::image {
namespace {

// Types of TIFF fields.
enum Type : uint16_t {
  kByte = 1,
  kAscii = 2,
  kShort = 3,
  kLong = 4,
  kRational = 5,
  kUndefined = 7,
  kSignedShort = 8,
  kSignedLong = 9,
  kSignedRational = 10,
  kUtf8 = 129,
};

size_t type_bytes(uint16_t type) {
  switch (type) {
    case kByte:
    case kAscii:
    case kUndefined:
    case kUtf8:
      return 1;
    case kShort:
    case kSignedShort:
      return 2;
    case kLong:
    case kSignedLong:
      return 4;
    case kRational:
    case kSignedRational:
      return 8;
    default:
      return 0;
  }
}

// Tags of the directory of an image, of EXIF and, in gps, of positions.
enum Tag : uint16_t {
  kPanasonicPreview = 0x002E,
  kImageDescription = 0x010E,
  kMake = 0x010F,
  kModel = 0x0110,
  kXmp = 700,
  kRating = 0x4746,
  kRatingPercent = 0x4749,
  kIptc = 33723,
  kPhotoshop = 34377,
  kExifDirectory = 0x8769,
  kGpsDirectory = 0x8825,
  kDateTimeOriginal = 0x9003,
  kDateTimeDigitized = 0x9004,
  kXpTitle = 0x9C9B,
  kXpKeywords = 0x9C9E,
  kXpSubject = 0x9C9F,
  kLensModel = 0xA434,
};
enum GpsTag : uint16_t { kLatitudeRef = 1, kLatitude = 2, kLongitudeRef = 3, kLongitude = 4 };

constexpr std::string_view kPrefix("Exif\0\0", 6);

// One entry of a directory.
struct Entry {
  uint16_t type = 0;
  uint32_t count = 0;
  size_t at = 0;  // the position of the value
  Bytes value;
};

class Reader {
 public:
  Reader(Bytes bytes, ExifFields& fields) : block_(bytes), fields_(fields) {}

  // The magic number is 42, or another in RAW files of Olympus ("OR", "RS") and Panasonic (0x55).
  bool is_tiff() const {
    const unsigned magic = block_.u16(2).value_or(0);
    return magic == 42 || magic == 0x4F52 || magic == 0x5352 || magic == 0x55;
  }

  void read_first(ExifDirectory kind) {
    const size_t at = block_.u32(4).value_or(0);
    panasonic_ = block_.u16(2) == 0x55;
    read_directory(at, kind);
    if (exif_ != 0) read_directory(exif_, ExifDirectory::exif);
    if (gps_ != 0) read_directory(gps_, ExifDirectory::gps);
  }

 private:
  void read_directory(size_t at, ExifDirectory kind) {
    const unsigned entries = block_.u16(at).value_or(0);
    for (unsigned i = 0; i < entries; ++i) {
      const size_t position = at + 2 + 12 * size_t{i};
      const std::optional<uint16_t> tag = block_.u16(position);
      if (!tag) return;
      const std::optional<Entry> entry = read_entry(position);
      if (!entry) continue;
      if (kind == ExifDirectory::gps) {
        read_gps(*tag, *entry);
      } else {
        read_field(*tag, *entry);
      }
    }
    if (kind == ExifDirectory::gps) set_position();
  }

  std::optional<Entry> read_entry(size_t position) const {
    Entry entry;
    entry.type = block_.u16(position + 2).value_or(0);
    entry.count = block_.u32(position + 4).value_or(0);
    const size_t bytes = type_bytes(entry.type) * entry.count;
    if (bytes == 0) return std::nullopt;
    entry.at = bytes <= 4 ? position + 8 : block_.u32(position + 8).value_or(0);
    entry.value = block_.slice(entry.at, bytes);
    if (entry.value.empty()) return std::nullopt;
    return entry;
  }

  void read_field(uint16_t tag, const Entry& entry) {
    switch (tag) {
      case kPanasonicPreview:
        if (panasonic_) fields_.preview = entry.value;
        return;
      case kImageDescription:
        return set_text(entry, fields_.description, kMaxDescriptionBytes);
      case kMake:
        return set_text(entry, fields_.make);
      case kModel:
        return set_text(entry, fields_.model);
      case kLensModel:
        return set_text(entry, fields_.lens);
      case kDateTimeOriginal:
        return set_date(entry, fields_.original);
      case kDateTimeDigitized:
        return set_date(entry, fields_.digitized);
      case kXpTitle:
        return set_utf16(entry, fields_.xp_title);
      case kXpSubject:
        return set_utf16(entry, fields_.xp_subject, kMaxDescriptionBytes);
      case kXpKeywords:
        return set_utf16(entry, fields_.xp_keywords, kMaxDescriptionBytes);
      case kRating:
        return set_integer(entry, fields_.rating);
      case kRatingPercent:
        return set_integer(entry, fields_.rating_percent);
      case kXmp:
        return set_block(entry, fields_.xmp);
      case kIptc:
        return set_block(entry, fields_.iptc);
      case kPhotoshop:
        return set_block(entry, fields_.photoshop);
      case kExifDirectory:
        exif_ = integer(entry).value_or(0);
        return;
      case kGpsDirectory:
        gps_ = integer(entry).value_or(0);
        return;
      default:
        return;
    }
  }

  void read_gps(uint16_t tag, const Entry& entry) {
    const char letter = static_cast<char>(entry.value[0]);
    if (tag == kLatitudeRef) south_ = letter == 'S' || letter == 's';
    if (tag == kLongitudeRef) west_ = letter == 'W' || letter == 'w';
    if (tag == kLatitude) latitude_ = degrees(entry);
    if (tag == kLongitude) longitude_ = degrees(entry);
  }
  void set_position() {
    if (!latitude_ || !longitude_ || fields_.latitude) return;
    fields_.latitude = south_ ? -*latitude_ : *latitude_;
    fields_.longitude = west_ ? -*longitude_ : *longitude_;
  }

  // Degrees, minutes and seconds; the last two may be missing.
  std::optional<double> degrees(const Entry& entry) const {
    if (entry.type != kRational && entry.type != kSignedRational) return std::nullopt;
    double sum = 0;
    double unit = 1;
    for (size_t i = 0; i < std::min<size_t>(entry.count, 3); ++i, unit /= 60) {
      const double above = block_.u32(entry.at + 8 * i).value_or(0);
      const double below = block_.u32(entry.at + 8 * i + 4).value_or(0);
      if (below == 0 && (i == 0 || above != 0)) return std::nullopt;
      if (below != 0) sum += unit * above / below;
    }
    return sum;
  }

  std::optional<uint32_t> integer(const Entry& entry) const {
    switch (entry.type) {
      case kByte:
        return entry.value[0];
      case kShort:
      case kSignedShort:
        return block_.u16(entry.at);
      case kLong:
      case kSignedLong:
        return block_.u32(entry.at);
      default:
        return std::nullopt;
    }
  }

  static std::string_view characters(const Entry& entry) {
    return {reinterpret_cast<const char*>(entry.value.data()), entry.value.size()};
  }
  static bool is_text(const Entry& entry) {
    return entry.type == kAscii || entry.type == kUtf8 || entry.type == kByte ||
           entry.type == kUndefined;
  }
  static void set_text(const Entry& entry, std::string& text, size_t max_bytes = kMaxTextBytes) {
    if (text.empty() && is_text(entry)) text = clean_text(characters(entry), max_bytes);
  }
  static void set_utf16(const Entry& entry, std::string& text, size_t max_bytes = kMaxTextBytes) {
    if (text.empty() && is_text(entry)) text = clean_utf16(entry.value, max_bytes);
  }
  static void set_date(const Entry& entry, std::optional<CivilTime>& date) {
    if (!date && is_text(entry)) date = parse_civil_time(clean_text(characters(entry)));
  }
  void set_integer(const Entry& entry, std::optional<int>& number) const {
    const std::optional<uint32_t> value = integer(entry);
    if (!number && value && *value <= 100) number = static_cast<int>(*value);
  }
  static void set_block(const Entry& entry, Bytes& block) {
    if (block.empty()) block = entry.value;
  }

  TiffBlock block_;
  ExifFields& fields_;
  bool panasonic_ = false;
  size_t exif_ = 0, gps_ = 0;  // positions of the directories; 0: none
  bool south_ = false, west_ = false;
  std::optional<double> latitude_, longitude_;
};

}  // namespace

void read_exif(Bytes block, ExifFields& fields, ExifDirectory first) {
  for (int prefix = 0; prefix < 2; ++prefix) {  // some writers repeat it
    if (block.size() >= kPrefix.size() &&
        std::memcmp(block.data(), kPrefix.data(), kPrefix.size()) == 0) {
      block = block.subspan(kPrefix.size());
    }
  }
  if (block.size() < 8 ||
      (std::memcmp(block.data(), "II", 2) != 0 && std::memcmp(block.data(), "MM", 2) != 0)) {
    return;
  }
  Reader reader(block, fields);
  if (reader.is_tiff()) reader.read_first(first);
}

}  // namespace sightline::image
