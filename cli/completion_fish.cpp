#include <sightline/version.h>

#include "completion.h"

namespace sightline::cli {
namespace {

constexpr const char* kEngine = R"fish(
# Whether the words before the cursor, after the program, begin with the arguments.
function __sightline_in
    set -l words (commandline -opc)[2..]
    set -l length (count $argv)
    test (count $words) -ge $length; and test "$words[1..$length]" = "$argv"
end

# Whether these are exactly the arguments.
function __sightline_after
    set -l words (commandline -opc)[2..]
    test "$words" = "$argv"
end

complete -c sightline -f
)fish";

// A single-quoted word.
std::string quoted_word(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string condition(const char* function, const std::vector<std::string>& words) {
  return " -n " +
         quoted_word(std::string(function) + (words.empty() ? "" : " ") + join(words, " "));
}

// The options of `complete` for a value: -x -a 'fp32 bf16', -r -F.
std::string value_options(const OptionDescription& option) {
  if (option.optional_value) return "";
  switch (option.value) {
    case ValueKind::none:
      return "";
    case ValueKind::choice:
      return " -x -a " + quoted_word(option.list
                                         ? "(__fish_append , " + join(option.choices, " ") + ")"
                                         : join(option.choices, " "));
    case ValueKind::path:
      return " -r -F";
    case ValueKind::folder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::command:
    case ValueKind::text:
      return " -x";
  }
  return "";
}

std::string option_line(const CommandDescription& command, const OptionDescription& option) {
  std::string line = "complete -c sightline" + (command.words.empty()
                                                    ? condition("__sightline_after", {})
                                                    : condition("__sightline_in", command.words));
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return line + value_options(option) + " -d " + quoted_word(first_clause(option.summary)) + "\n";
}

std::string argument_line(const CommandDescription& command, const OptionDescription& argument) {
  const std::string start = "complete -c sightline" + condition("__sightline_in", command.words);
  switch (argument.value) {
    case ValueKind::path:
      return start + " -F\n";
    case ValueKind::folder:
      return start + " -a '(__fish_complete_directories)'\n";
    case ValueKind::choice:
      return start + " -a " + quoted_word(join(argument.choices, " ")) + "\n";
    default:
      return "";
  }
}

// A command after those that it belongs to, and after `help` and these.
std::string command_lines(const CommandDescription& command) {
  std::vector<std::string> before = command.words, help = {"help"};
  before.pop_back();
  help.insert(help.end(), before.begin(), before.end());
  std::string text;
  for (const auto& words : {before, help})
    text += "complete -c sightline" + condition("__sightline_after", words) + " -a " +
            command.words.back() + " -d " + quoted_word(first_clause(command.summary)) + "\n";
  return text;
}

}  // namespace

std::string fish_completion(const CommandDescription& program) {
  std::string text = std::string("# Completion of sightline ") + kVersion +
                     " for fish, printed by 'sightline completion fish'.\n" + kEngine;
  for (const CommandDescription* command : all_commands(program)) {
    text += "\n";
    if (!command->words.empty()) text += command_lines(*command);
    for (const auto& option : command->options) text += option_line(*command, option);
    for (const auto& argument : command->arguments) text += argument_line(*command, argument);
  }
  return text;
}

}  // namespace sightline::cli
