// The header of a .npy file: magic, version, length, and a Python dictionary as text.
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
  size_t size = 0;  // bytes before the first element
};

// The header that numpy.save would write, padded so that the elements begin at a multiple of 64,
// and to at least `min_size` bytes.
std::string make_header(NpyType type, std::span<const int64_t> shape, size_t min_size = 0);

// Throws invalid_data, unsupported. `where` begins the message.
Header parse_header(std::span<const uint8_t> file, const std::string& where);

// Bytes of the elements. Throws `code` for a negative extent or a product over 2^62.
int64_t byte_count(NpyType type, std::span<const int64_t> shape, const std::string& where,
                   ErrorCode code);

std::string shape_text(std::span<const int64_t> shape);  // "(2, 3)", "(4,)", "()"
std::string_view type_name(NpyType type);                // "<f4"
size_t element_size(NpyType type);

}  // namespace sightline::npy
