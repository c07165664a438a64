// The header of a .npy file: magic bytes, version, length, and a Python dictionary literal.
#pragma once

#include <sightline/error.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/npy.h"

namespace sightline::npy {

struct Header {
  NpyType type = NpyType::f32;
  std::vector<int64_t> shape;
  size_t size = 0;  // offset of the first element in bytes
};

// Returns the header that numpy.save would write, padded to a multiple of 64 bytes and to at least
// `min_size` bytes.
std::string make_header(NpyType type, std::span<const int64_t> shape, size_t min_size = 0);

// Parses the header at the beginning of `file`. `where` is the quoted path, which begins each
// message. Throws invalid_data, unsupported.
Header parse_header(std::span<const uint8_t> file, const std::string& where);

// Returns the size of all elements in bytes. Throws an Error with code `code` if a dimension is
// negative or the size exceeds 2^62.
int64_t byte_count(NpyType type, std::span<const int64_t> shape, const std::string& where,
                   ErrorCode code);

std::string shape_text(std::span<const int64_t> shape);  // "(2, 3)", "(4,)", "()"
std::string_view type_name(NpyType type);                // "<f4"
size_t element_size(NpyType type);

}  // namespace sightline::npy
