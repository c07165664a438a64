// Commands and their options as data, for completion scripts and `help --json`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/json.h"

namespace sightline::cli {

// The kind of completion of a value.
enum class ValueKind { none, choice, path, folder, command, text };
std::string value_kind_name(ValueKind kind);  // "none", "choice", …

struct OptionDescription {
  std::vector<std::string> names;  // "-h", "--help"; of an argument, its name: "IMAGE"
  std::string form;                // as in a call: "--top-k N", "IMAGE"
  std::string summary;             // the description alone
  std::string text;                // the description with limits, default and conflicts
  ValueKind value = ValueKind::none;
  std::string value_name;            // "N", "FILE"; "" without a value
  std::vector<std::string> choices;  // of ValueKind::choice
  bool optional_value = false;       // --name or --name=VALUE
  bool list = false;                 // values separated by commas
  bool repeatable = false, required = false;
};

struct CommandDescription {
  std::vector<std::string> words;  // {"dataset", "info"}; empty: the program
  std::string group;               // heading in the list of commands
  std::string summary, usage;
  std::string notes;  // after the options: examples, exit codes
  std::vector<OptionDescription> options, arguments;
  std::vector<CommandDescription> commands;
};

CommandDescription describe(const CLI::App& command);

// Returns the description as docs/formats/json.md defines it.
Json to_json(const CommandDescription& command);

// Returns a text for one line of a list: the first clause of a summary, at most `width` bytes.
std::string first_clause(const std::string& text, size_t width = 72);

}  // namespace sightline::cli
