// Completion scripts, which are generated from the parser's options.
#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "describe.h"

namespace sightline::cli {

// Adds `sightline completion SHELL`.
void add_completion(CLI::App& app, Action& action);

// Each returns the script of one shell. Sourcing it defines the completions of `sightline`.
std::string bash_completion(const CommandDescription& program);
std::string zsh_completion(const CommandDescription& program);
std::string fish_completion(const CommandDescription& program);

// Returns the program's commands, their commands, and so on: a command before those that it has.
std::vector<const CommandDescription*> all_commands(const CommandDescription& program);

// Returns the words joined by `separator`.
std::string join(const std::vector<std::string>& words, const std::string& separator);

}  // namespace sightline::cli
