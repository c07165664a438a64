// Prints results, and checks output files before a command starts its work.
#pragma once

#include <filesystem>

#include "base/json.h"

namespace sightline::cli {

// Prints one JSON document to stdout, indented by two spaces.
void print_json(const Json& json);

// Creates the folder of an output file and checks that it is writable. Throws io if it is not, or
// if `file` exists and is not a regular file.
void prepare_output(const std::filesystem::path& file);

// Throws invalid_argument if writing `file` would replace the input.
void refuse_input(const std::filesystem::path& file, const std::filesystem::path& input);

}  // namespace sightline::cli
