// Texts of image metadata, whose encoding is often not the one that the standard requires.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sightline::image {

inline constexpr size_t kMaxTextBytes = 1000;
inline constexpr size_t kMaxDescriptionBytes = 10'000;

// Returns the text before the first zero byte as UTF-8 of one line: bytes that are not UTF-8 are
// read as Windows-1252, control characters become spaces, white space at both ends is removed, and
// the text is cut to max_bytes at the end of a character.
std::string clean_text(std::string_view bytes, size_t max_bytes = kMaxTextBytes);

// The same for UTF-16 in little endian, in which Windows writes EXIF. Text that is not UTF-16
// becomes empty.
std::string clean_utf16(std::span<const uint8_t> bytes, size_t max_bytes = kMaxTextBytes);

// Returns a camera's name without repeating the make: "NIKON CORPORATION", "NIKON D90" -> "NIKON
// D90"; "SONY", "DSC-RX100" -> "SONY DSC-RX100".
std::string camera_name(const std::string& make, const std::string& model);

}  // namespace sightline::image
