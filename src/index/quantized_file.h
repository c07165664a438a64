// The file NAME.quantized: quantized vectors of NAME.npy (docs/formats/vectors.md).
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "index/row_set.h"

namespace sightline::index {

// A mapped file; `rows` point into it.
struct QuantizedFile {
  MappedFile file;
  double max_norm = 0;              // of the vectors
  std::vector<QuantizedRows> rows;  // one element a type
};

// Opens the quantized vectors of `npy`, identified by its size and time of change, or, where the
// time differs, by its content. Nothing where there is no file; nothing and a `warning` where it
// is of other vectors, unreadable, truncated or damaged.
std::optional<QuantizedFile> open_quantized_file(const std::filesystem::path& path,
                                                 const MappedFile& npy, int64_t rows, int64_t dim,
                                                 std::string& warning);

// Throws io, and invalid_argument where `npy` was replaced or changed since it was mapped.
void write_quantized_file(const std::filesystem::path& path, const MappedFile& npy,
                          const FullRows& rows, std::span<const QuantizedRows> quantized);

// Throws invalid_argument where `path` is anything but an earlier file of quantized vectors, an
// empty file, or free; io where it cannot be read. To be called before write_quantized_file.
void check_quantized_target(const std::filesystem::path& path, const std::filesystem::path& npy);

}  // namespace sightline::index
