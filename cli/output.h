// Files that a command writes: looked at before the work, so that an hour of it is not lost.
#pragma once

#include <filesystem>

namespace sightline::cli {

// Makes the folder of a file that will be written, and sees whether a file can be made there.
// Throws io where it cannot, or where `file` is there and is no regular file.
void prepare_output(const std::filesystem::path& file);

// Throws invalid_argument where writing `file` would replace this input.
void refuse_input(const std::filesystem::path& file, const std::filesystem::path& input);

}  // namespace sightline::cli
