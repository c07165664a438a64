// Reads and writes NumPy's .npy files: one little-endian array in C order per file. Reads format
// versions 1 to 3, writes 1 and 2. Vectors of any float type and order are read by
// index/npy_vectors.h. Source: numpy/lib/format.py
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace sightline {

enum class NpyType { u8, i32, f32 };  // '|u1', '<i4', '<f4'

struct NpyArray {
  NpyType type = NpyType::f32;
  std::vector<int64_t> shape;  // empty: a scalar
  std::vector<uint8_t> bytes;  // the elements in C order

  int64_t count() const;  // number of elements
  // Views of the elements, valid as long as the array. Throw invalid_data if it has another type.
  std::span<const uint8_t> u8() const;
  std::span<const int32_t> i32() const;
  std::span<const float> f32() const;
};

// Writes an array atomically: readers of `path` see either the old file or the new one. Throws
// invalid_argument if the number of values does not match the shape; io.
void write_npy(const std::filesystem::path& path, std::span<const uint8_t> values,
               std::span<const int64_t> shape);
void write_npy(const std::filesystem::path& path, std::span<const int32_t> values,
               std::span<const int64_t> shape);
void write_npy(const std::filesystem::path& path, std::span<const float> values,
               std::span<const int64_t> shape);

// Reads a file of at most max_bytes. Throws not_found, io, limit_exceeded, invalid_data (not a .npy
// file, invalid header, size does not match the shape), unsupported (other element types, big
// endian, Fortran order).
NpyArray read_npy(const std::filesystem::path& path, int64_t max_bytes = 16LL << 30);

}  // namespace sightline
