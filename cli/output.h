// Prints results, and checks output files before a command starts its work.
#pragma once

#include <sightline/rows.h>

#include <filesystem>
#include <string_view>

#include "base/json.h"

namespace sightline::cli {

// Prints one JSON document to stdout, indented by two spaces.
void print_json(const Json& json);

// [{"id": …, "reason": …}, …]
Json skipped_json(const std::vector<SkippedRow>& skipped);

// Prints "NAME: PATH" to stdout, on one line.
void print_path(std::string_view name, const std::filesystem::path& path);

// Checks that a file can be written, and removes what a killed run has left of it. Throws
// invalid_argument if its name does not end in `extension`
// (".npy"; empty: any name); not_found if its folder does not exist; io if the folder is not
// writable, or if `file` exists and is not a regular file.
void check_output_file(const std::filesystem::path& file, std::string_view extension = {});

// Checks that a folder of results exists and is writable, or can be created, with its missing
// parents. Throws invalid_argument for an empty name and for "-"; io.
void check_output_folder(const std::filesystem::path& folder);

// Throws invalid_argument if `output` is in the input folder, where its files would become input.
void refuse_inside(const std::filesystem::path& output, const std::filesystem::path& input);

// Throws invalid_argument if writing `file`, which `option` names, would replace the input.
void refuse_input(const std::filesystem::path& file, const std::filesystem::path& input,
                  std::string_view option = "--out");

}  // namespace sightline::cli
