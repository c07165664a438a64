// Merges the metadata of an image's blocks. Sources: Metadata Working Group, Guidelines for
// Handling Image Metadata 2.0 (which block counts); Microsoft, Photo Metadata Policies (ratings in
// percent).
#include <sightline/error.h>
#include <sightline/metadata.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "base/text.h"
#include "image/metadata/exif_fields.h"
#include "image/metadata/metadata_blocks.h"
#include "image/metadata/metadata_text.h"
#include "image/metadata/properties.h"

namespace sightline {
namespace {

using namespace image;

constexpr size_t kMaxTags = 1000;

constexpr std::array<std::string_view, 18> kXmpKeys = {
    "Xmp.dc.title",
    "Xmp.photoshop.Headline",
    "Xmp.dc.description",
    "Xmp.dc.subject",
    "Xmp.lr.hierarchicalSubject",
    "Xmp.digiKam.TagsList",
    "Xmp.xmp.Rating",
    "Xmp.MicrosoftPhoto.Rating",
    "Xmp.exif.DateTimeOriginal",
    "Xmp.photoshop.DateCreated",
    "Xmp.exif.DateTimeDigitized",
    "Xmp.xmp.CreateDate",
    "Xmp.tiff.Make",
    "Xmp.tiff.Model",
    "Xmp.exifEX.LensModel",
    "Xmp.aux.Lens",
    "Xmp.exif.GPSLatitude",
    "Xmp.exif.GPSLongitude",
};
constexpr std::array<std::string_view, 6> kIptcKeys = {
    "Iptc.Application2.ObjectName",  "Iptc.Application2.Headline",
    "Iptc.Application2.Caption",     "Iptc.Application2.Keywords",
    "Iptc.Application2.DateCreated", "Iptc.Application2.TimeCreated",
};

using Properties = std::vector<Property>;

// Returns the first value of a key; "" if there is none.
std::string value_of(const Properties& properties, std::string_view key) {
  const auto found = std::ranges::find(properties, key, &Property::key);
  return found == properties.end() ? std::string() : found->value;
}

// Each function below sets a value only if there is none yet.

void set(std::string& value, const std::string& other) {
  if (value.empty()) value = other;
}

void set_date(std::optional<CivilTime>& date, const std::string& text) {
  if (!date) date = parse_civil_time(text);
}

void set_position(ImageMetadata& metadata, std::optional<double> latitude,
                  std::optional<double> longitude) {
  if (metadata.latitude || !latitude || !longitude) return;
  if (!(std::abs(*latitude) <= 90 && std::abs(*longitude) <= 180)) return;
  if (*latitude == 0 && *longitude == 0) return;  // a receiver that had no signal
  metadata.latitude = latitude;
  metadata.longitude = longitude;
}

void set_rating(std::optional<int>& rating, std::optional<double> stars) {
  if (!rating && stars && *stars >= -1 && *stars <= 5) {
    rating = static_cast<int>(std::lround(*stars));
  }
}

// Windows stores 1, 25, 50, 75 and 99 for one to five stars.
std::optional<double> stars_of_percent(std::optional<double> percent) {
  if (!percent || *percent < 0 || *percent > 100) return std::nullopt;
  return *percent < 1 ? 0 : std::min(std::floor((*percent + 37.0) / 25.0), 5.0);
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

// Parses XMP's "52,31.25N" and "52,31,15N".
std::optional<double> degrees_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char direction = text.back();
  if (std::string_view("NSEW").find(direction) == std::string_view::npos) return std::nullopt;
  text.remove_suffix(1);
  double sum = 0;
  for (double unit = 1; !text.empty(); unit /= 60) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::optional<double> part = number_of(text.substr(0, comma));
    if (!part || *part < 0) return std::nullopt;
    sum += unit * *part;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return direction == 'S' || direction == 'W' ? -sum : sum;
}

// Collects keywords without duplicates.
class Tags {
 public:
  explicit Tags(std::vector<std::string>& tags) : tags_(tags) {}

  void add(std::string_view tag) {
    tag = trimmed(tag);
    if (tag.empty() || tags_.size() >= kMaxTags || !seen_.emplace(tag).second) return;
    tags_.emplace_back(tag);
  }
  // Adds each part of "holiday;Berlin".
  void add_list(std::string_view list) {
    while (!list.empty()) {
      const size_t end = std::min(list.find(';'), list.size());
      add(list.substr(0, end));
      list.remove_prefix(std::min(end + 1, list.size()));
    }
  }
  // Adds the last part of "Places|Europe|Berlin".
  void add_leaf(std::string_view path, char separator) {
    add(path.substr(path.rfind(separator) + 1));
  }
  void add_xmp(const Properties& xmp) {
    for (const auto& [key, value] : xmp) {
      if (key == "Xmp.dc.subject") add(value);
      if (key == "Xmp.lr.hierarchicalSubject") add_leaf(value, '|');
      if (key == "Xmp.digiKam.TagsList") add_leaf(value, '/');
    }
  }
  void add_iptc(const Properties& iptc) {
    for (const auto& [key, value] : iptc) {
      if (key == "Iptc.Application2.Keywords") add(value);
    }
  }

 private:
  std::vector<std::string>& tags_;
  std::set<std::string, std::less<>> seen_;
};

void add_xmp(const Properties& xmp, ImageMetadata& metadata) {
  const auto value = [&](std::string_view key) { return value_of(xmp, key); };
  set_date(metadata.date, value("Xmp.exif.DateTimeOriginal"));
  set_date(metadata.date, value("Xmp.photoshop.DateCreated"));
  set_date(metadata.date, value("Xmp.exif.DateTimeDigitized"));
  set_date(metadata.date, value("Xmp.xmp.CreateDate"));
  set(metadata.camera, camera_name(value("Xmp.tiff.Make"), value("Xmp.tiff.Model")));
  set(metadata.lens, value("Xmp.exifEX.LensModel"));
  set(metadata.lens, value("Xmp.aux.Lens"));
  set_position(metadata, degrees_of(value("Xmp.exif.GPSLatitude")),
               degrees_of(value("Xmp.exif.GPSLongitude")));
  set_rating(metadata.rating, number_of(value("Xmp.xmp.Rating")));
  set_rating(metadata.rating, stars_of_percent(number_of(value("Xmp.MicrosoftPhoto.Rating"))));
  set(metadata.title, value("Xmp.dc.title"));
  set(metadata.title, value("Xmp.photoshop.Headline"));
  set(metadata.description, value("Xmp.dc.description"));
}

// The first half of EXIF, which counts more than XMP.
void add_exif(const ExifFields& exif, ImageMetadata& metadata) {
  metadata.date = exif.original ? exif.original : exif.digitized;
  set(metadata.camera, camera_name(exif.make, exif.model));
  set(metadata.lens, exif.lens);
  set_position(metadata, exif.latitude, exif.longitude);
}

// Cameras that have no text to write write their kind instead.
bool is_of_the_camera(const std::string& description) {
  return description.ends_with("DIGITAL CAMERA") || description == "SONY DSC" ||
         description == "DCIM" || description.starts_with("DCIM\\");
}

// The second half, which counts less than XMP and IPTC.
void add_exif_texts(const ExifFields& exif, ImageMetadata& metadata) {
  set_rating(metadata.rating, exif.rating);
  set_rating(metadata.rating, stars_of_percent(exif.rating_percent));
  set(metadata.title, exif.xp_title);
  if (!is_of_the_camera(exif.description)) set(metadata.description, exif.description);
  set(metadata.description, exif.xp_subject);
}

void add_iptc(const Properties& iptc, ImageMetadata& metadata) {
  const auto value = [&](std::string_view key) { return value_of(iptc, key); };
  const std::string day = value("Iptc.Application2.DateCreated");
  set_date(metadata.date, day + " " + value("Iptc.Application2.TimeCreated"));
  set(metadata.title, value("Iptc.Application2.ObjectName"));
  set(metadata.title, value("Iptc.Application2.Headline"));
  set(metadata.description, value("Iptc.Application2.Caption"));
}

ImageMetadata read_embedded(Bytes image, const std::string& name) {
  ImageMetadata metadata;
  const MetadataBlocks blocks = find_metadata_blocks(image);
  if (!blocks.note.empty()) metadata.problems.push_back(message("'", name, "': ", blocks.note));
  ExifFields exif;
  for (const auto& [block, first] : blocks.exif) read_exif(block, exif, first);
  Properties xmp, iptc;
  if (!blocks.xmp.empty()) xmp = read_xmp(blocks.xmp, name, kXmpKeys, metadata.problems);
  Bytes data_sets = blocks.iptc;
  if (data_sets.empty()) data_sets = iptc_of_photoshop(blocks.photoshop);
  if (!data_sets.empty()) iptc = read_iptc(data_sets, name, kIptcKeys, metadata.problems);
  add_exif(exif, metadata);
  add_xmp(xmp, metadata);
  add_iptc(iptc, metadata);
  add_exif_texts(exif, metadata);
  Tags tags(metadata.tags);
  tags.add_xmp(xmp);
  tags.add_iptc(iptc);
  tags.add_list(exif.xp_keywords);
  return metadata;
}

}  // namespace

ImageMetadata read_metadata(Bytes image, const std::string& name, Bytes xmp_sidecar) {
  ImageMetadata embedded = read_embedded(image, name);
  if (xmp_sidecar.empty()) return embedded;
  const std::string sidecar = "XMP sidecar of " + name;
  const Properties xmp = read_xmp(xmp_sidecar, sidecar, kXmpKeys, embedded.problems);
  ImageMetadata metadata;
  add_xmp(xmp, metadata);
  Tags(metadata.tags).add_xmp(xmp);
  if (!metadata.date) metadata.date = std::move(embedded.date);
  set(metadata.camera, embedded.camera);
  set(metadata.lens, embedded.lens);
  set_position(metadata, embedded.latitude, embedded.longitude);
  if (!metadata.rating) metadata.rating = embedded.rating;
  if (metadata.tags.empty()) metadata.tags = std::move(embedded.tags);
  set(metadata.title, embedded.title);
  set(metadata.description, embedded.description);
  metadata.problems = std::move(embedded.problems);
  return metadata;
}

}  // namespace sightline
