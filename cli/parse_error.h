// Describes errors of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace sightline::cli {

// Returns one sentence: the command, what is wrong, the form of the option, and a suggestion for a
// misspelt name. `app`: the program, after parsing failed with `error`.
std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error);

}  // namespace sightline::cli
