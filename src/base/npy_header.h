// The header of a .npy file: magic bytes, version, length, and a Python dictionary literal.
#pragma once

#include <sightline/error.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/npy.h"

namespace sightline::npy {

// The type of an array's elements, as NumPy describes it.
struct ElementType {
  std::string descr = "<f4";  // as in the file
  char kind = 'f';            // NumPy's kind: b boolean, i signed, u unsigned, f float, c complex
  size_t size = 4;            // bytes of an element
  bool big_endian = false;
};

struct Header {
  ElementType element;
  bool fortran_order = false;  // column-major; false where both orders are the same
  std::vector<int64_t> shape;
  size_t size = 0;  // offset of the first element in bytes

  // The element type if it is one of NpyType's, little endian.
  std::optional<NpyType> type() const;
};

// Returns the header that numpy.save would write, padded to a multiple of 64 bytes and to at least
// `min_size` bytes.
std::string make_header(NpyType type, std::span<const int64_t> shape, size_t min_size = 0);

// Parses the header at the beginning of `file`, of any format version (1 to 3) and either order.
// `where` is the quoted path, which begins each message. Throws invalid_data; unsupported for
// elements that are not numbers (pickled objects, which are never unpickled, strings, dates,
// structures).
Header parse_header(std::span<const uint8_t> file, const std::string& where);

// Returns the size of all elements in bytes. Throws an Error with code `code` if a dimension is
// negative or the size exceeds 2^62.
int64_t byte_count(size_t element_size, std::span<const int64_t> shape, const std::string& where,
                   ErrorCode code);

// Checks that exactly the elements of `header` follow it in a file of `file_size` bytes. Throws
// invalid_data.
void check_size(const Header& header, size_t file_size, const std::string& where);

std::string shape_text(std::span<const int64_t> shape);  // "(2, 3)", "(4,)", "()"
std::string_view type_name(NpyType type);                // "<f4"
size_t element_size(NpyType type);

}  // namespace sightline::npy
