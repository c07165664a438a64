// Options and summaries of the commands that use a library.
#pragma once

#include <sightline/library.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

namespace sightline::cli {

// --library; empty: default_library().
CLI::Option* add_library_option(CLI::App& command, std::filesystem::path& library);

// The folder that the option names, or the default one.
std::filesystem::path library_folder(const std::filesystem::path& option);

// Prints "added 12, updated 3, …" to stdout, and warnings and failures to stderr. Returns the exit
// code.
int report_index(const IndexSummary& summary, const std::filesystem::path& library, bool as_json);

}  // namespace sightline::cli
