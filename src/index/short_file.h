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
struct ShortFile {
  MappedFile file;
  double max_norm = 0;  // of the vectors
  std::vector<ShortRows> forms;
};

// The file, where it belongs to these vectors; nothing where there is none, or where it belongs to
// others, is cut off or damaged: then `warning` says so. That it belongs to them is known from size
// and time of the .npy file, or, where the time differs, from its content.
std::optional<ShortFile> open_short_file(const std::filesystem::path& path, const MappedFile& npy, int64_t rows,
                                         int64_t dim, std::string& warning);

// Throws io.
void write_short_file(const std::filesystem::path& path, const MappedFile& npy, const FullRows& rows,
                      std::span<const ShortRows> forms);

}  // namespace sightline::search
