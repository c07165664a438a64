// The file with the short forms of a .npy file's vectors (docs/formats/vector_index.md).
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "index/row_set.h"

namespace sightline::search {

// A file of short forms, mapped. The forms look into it.
struct QuantizedFile {
  MappedFile file;
  double max_norm = 0;  // of the vectors
  std::vector<QuantizedRows> forms;
};

// The file, where it belongs to these vectors; nothing where there is none, or where it belongs to
// others, cannot be read, is cut off or damaged: then `warning` says so. That it belongs to them is
// known from size and time of the .npy file, or, where the time differs, from its content.
std::optional<QuantizedFile> open_short_file(const std::filesystem::path& path,
                                             const MappedFile& npy, int64_t rows, int64_t dim,
                                             std::string& warning);

// Throws io, and invalid_argument where `npy` is not any more what its name stands for: the file
// would belong to vectors that are gone.
void write_short_file(const std::filesystem::path& path, const MappedFile& npy,
                      const FullRows& rows, std::span<const QuantizedRows> forms);

// Whether write_short_file(path) may replace what is there: an earlier file of short forms, or an
// empty one. Throws invalid_argument where it is anything else, the vectors themselves above all;
// io where it cannot be read.
void check_short_file_target(const std::filesystem::path& path, const std::filesystem::path& npy);

}  // namespace sightline::search
