// The database of a library's judgements and corrections, feedback.sqlite
// (docs/formats/library.md).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "library/catalogue/database.h"

namespace sightline::library {

inline constexpr int kFeedbackVersion = 1;

// Creates the file with its tables, unless it exists; several processes may try at once. Throws io.
void create_feedback_file(const std::filesystem::path& file);

// Opens an existing file and checks its tables. Throws what Database and check_tables throw.
std::unique_ptr<Database> open_feedback_file(const std::filesystem::path& file,
                                             Database::Mode mode);

// Verifies the file, if it exists. Returns the problems, one sentence each. Throws io.
std::vector<std::string> check_feedback_file(const std::filesystem::path& file);

}  // namespace sightline::library
