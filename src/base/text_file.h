// Reads text files that users write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Lines of a text file, without blank lines at the end of the file.
struct TextLines {
  std::vector<std::string> lines;
  int64_t blank_at_end = 0;  // number of blank lines that were dropped
};

// Reads a file as decode_text() and split_lines() do. "-" is standard input; pipes are read, too.
// Throws not_found, io, invalid_data (not text), limit_exceeded (more than 1 GiB).
TextLines read_text_lines(const std::filesystem::path& file);

}  // namespace sightline
