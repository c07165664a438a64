// Reads the text files that options name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sightline::cli {

// Returns the lines of a text file, or of standard input for "-". Warns about blank lines: those at
// the end of the file are dropped, others are empty texts. Throws what read_text_lines() throws.
std::vector<std::string> read_lines(const std::filesystem::path& file);

// Returns the lines of a text file that are not blank. Throws invalid_argument if there is none;
// what read_text_lines() throws.
std::vector<std::string> read_queries(const std::filesystem::path& file);

}  // namespace sightline::cli
