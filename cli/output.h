// Results on stdout, and output files, which are checked before a command starts its work.
#pragma once

#include <filesystem>

#include "base/json.h"

namespace sightline::cli {

// Prints one JSON document to stdout, indented by two.
void print_json(const Json& json);

// Makes the folder of a file that will be written, and sees whether a file can be made there.
// Throws io where it cannot, or where `file` is there and is no regular file.
void prepare_output(const std::filesystem::path& file);

// Throws invalid_argument where writing `file` would replace this input.
void refuse_input(const std::filesystem::path& file, const std::filesystem::path& input);

}  // namespace sightline::cli
