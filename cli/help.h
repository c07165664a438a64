// Help texts of the commands, and the command `help`.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "command.h"

namespace sightline::cli {

// Returns the formatter of all help texts. A command inherits it from `app` when it is added.
std::shared_ptr<CLI::FormatterBase> help_formatter();

// Adds `sightline help [--json] [COMMAND [SUBCOMMAND]]`.
void add_help(CLI::App& app, Action& action);

// Returns the help text of one command.
std::string help_text(const CLI::App& command);

// Returns the words that call a command, from the program's name on: "sightline dataset info".
std::string command_words(const CLI::App& command);

// Returns the command of this name that `parent` has. Throws invalid_argument with a suggestion.
const CLI::App& find_command(const CLI::App& parent, std::string_view name);

// Returns an option as it is written in a call: "--batch-size N", "--backend cpu|torch", "--pull",
// or, of a positional argument, "IMAGE".
std::string option_form(const CLI::Option& option);

// Returns the values that an option accepts, if it accepts only some names; else empty.
std::vector<std::string> allowed_values(const CLI::Option& option);

// Whether an option is given without a value, or only as --name=VALUE.
bool is_flag(const CLI::Option& option);

// Returns what stands for an option's value in help texts: "N", "FILE", "cpu|torch".
std::string value_name(const CLI::Option& option);

// Returns an option's description with its limits, default and conflicts in parentheses.
std::string explained(const CLI::Option& option);

// Returns a command's call: "sightline quantize [OPTIONS] VECTORS".
std::string usage_text(const CLI::App& command);

// Returns the limits of an option's number as "1 to 4096" or "greater than 0"; "" without limits.
std::string limits_text(const CLI::Option& option);

}  // namespace sightline::cli
