// Metadata of image files: when, where and with which camera a photo was taken, and what people
// wrote about it. All functions are thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// A date and time as a clock at the place showed it. It has no time zone: two photos of different
// places are not comparable to the hour.
struct CivilTime {
  int64_t seconds = 0;  // from 1970-01-01T00:00:00 on the same clock; negative before
  std::string text;     // "2019-07-01T12:30:05"
};

// Parses a date as EXIF ("2019:07:01 12:30:05"), XMP and ISO 8601 ("2019-07-01T12:30:05.25+02:00",
// "2019-07", "2019") write it, and the dates of data sets; all numbers but the year may have one
// digit. What is absent is the earliest possible: January, the first, midnight. A fraction and a
// time zone are ignored, and a time that does not exist is midnight. Returns std::nullopt for other
// texts and for dates that do not exist, such as the zeros of a camera whose clock was not set.
std::optional<CivilTime> parse_civil_time(std::string_view text);

// The metadata of one image. Absent values are empty. Texts are UTF-8 of one line without control
// characters, at most 1000 bytes long (description: 10000).
struct ImageMetadata {
  // When the photo was taken: EXIF DateTimeOriginal, EXIF DateTimeDigitized, XMP (exif, photoshop,
  // xmp), IPTC. Not the date of a later change.
  std::optional<CivilTime> date;
  std::string camera;  // make and model; a make that the model repeats once: "Canon EOS 5D"
  std::string lens;
  std::optional<double> latitude;   // degrees, north is positive; both are present or none
  std::optional<double> longitude;  // degrees, east is positive
  std::optional<int> rating;        // 0 to 5 stars; -1: rejected
  // Keywords of XMP (dc:subject, the last part of lr:hierarchicalSubject and digiKam:TagsList),
  // IPTC and Windows, without duplicates, in this order; at most 1000.
  std::vector<std::string> tags;
  std::string title;
  std::string description;
  // Problems of reading, one sentence each, beginning with the image's name.
  std::vector<std::string> problems;
};

// Reads the metadata of an image file in memory: EXIF, XMP and IPTC in JPEG, PNG, WebP, TIFF, HEIF,
// AVIF, JPEG XL, JPEG 2000 and camera RAW (docs/formats/metadata.md). Does not decode the image.
// Other files have no metadata, which is not a problem.
//   name         the image's name, for problems
//   xmp_sidecar  the content of its XMP sidecar file, or empty. Each value in it replaces the
//                image's own.
// XMP and IPTC need libexiv2; without it, `problems` names the package.
ImageMetadata read_metadata(std::span<const uint8_t> image, const std::string& name,
                            std::span<const uint8_t> xmp_sidecar = {});

}  // namespace sightline
