#include <sightline/version.h>

#include <string_view>

#include "completion.h"

namespace sightline::cli {
namespace {

// Escapes `text` for a single-quoted word of zsh in which `special` need a backslash.
std::string escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (c == '\\' || special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string function_name(const CommandDescription& command) {
  return command.words.empty() ? "_sightline" : "_sightline_" + join(command.words, "_");
}

std::string value_action(const OptionDescription& option) {
  switch (option.value) {
    case ValueKind::choice:
      return option.list ? "_sequence compadd - " + join(option.choices, " ")
                         : "(" + join(option.choices, " ") + ")";
    case ValueKind::path:
      return "_files";
    case ValueKind::folder:
      return "_files -/";
    case ValueKind::command:
      return "_sightline_help_commands";
    default:
      return " ";
  }
}

// ":N: " after an option.
std::string value_spec(const OptionDescription& option) {
  if (option.value == ValueKind::none) return "";
  return (option.optional_value ? "::" : ":") + escaped(option.value_name, ":") + ":" +
         value_action(option);
}

// "'(-h --help)'{-h,--help}'[Print this help]'"
std::string option_spec(const OptionDescription& option) {
  const std::string text =
      "[" + escaped(first_clause(option.summary), "[]:") + "]" + value_spec(option) + "'";
  std::vector<std::string> names = option.names;
  if (option.value != ValueKind::none) {
    for (std::string& name : names)
      name += option.optional_value ? "=-" : name.starts_with("--") ? "=" : "+";
  }
  const std::string before = option.repeatable ? "*" : "(" + join(option.names, " ") + ")";
  if (names.size() == 1) return "'" + before + names[0] + text;
  return "'" + before + "'{" + join(names, ",") + "}'" + text;
}

std::string argument_spec(const OptionDescription& argument, size_t number) {
  return "'" + (argument.repeatable ? "*" : std::to_string(number + 1)) + ":" +
         escaped(argument.names[0], ":") + ":" + value_action(argument) + "'";
}

std::string leaf_function(const CommandDescription& command) {
  std::string text = function_name(command) + "() {\n  _arguments -s -S";
  for (const auto& option : command.options) text += " \\\n    " + option_spec(option);
  for (size_t i = 0; i < command.arguments.size(); ++i)
    text += " \\\n    " + argument_spec(command.arguments[i], i);
  return text + "\n}\n\n";
}

std::string described_commands(const CommandDescription& command, const std::string& indent) {
  std::string text = indent + "local -a commands=(\n";
  for (const auto& inner : command.commands)
    text += indent + "  '" + inner.words.back() + ":" + escaped(first_clause(inner.summary), ":") +
            "'\n";
  return text + indent + ")\n" + indent + "_describe -t commands command commands\n";
}

std::string group_function(const CommandDescription& command) {
  std::string text = function_name(command) +
                     "() {\n  local context state state_descr line\n  typeset -A opt_args\n"
                     "  _arguments -C -S";
  for (const auto& option : command.options) text += " \\\n    " + option_spec(option);
  text += " \\\n    '1:command:->command' \\\n    '*:: :->rest'\n  case $state in\n    command)\n" +
          described_commands(command, "      ") + "      ;;\n    rest)\n      case $line[1] in\n";
  for (const auto& inner : command.commands)
    text += "        " + inner.words.back() + ") " + function_name(inner) + " ;;\n";
  return text + "      esac\n      ;;\n  esac\n}\n\n";
}

// The words after `sightline help`.
std::string help_function(const CommandDescription& program) {
  std::string text = "_sightline_help_commands() {\n  case ${words[CURRENT-1]} in\n";
  for (const auto& command : program.commands) {
    if (command.commands.empty()) continue;
    text += "    " + command.words.back() + ")\n" + described_commands(command, "      ") +
            "      ;;\n";
  }
  return text + "    help)\n" + described_commands(program, "      ") + "      ;;\n  esac\n}\n\n";
}

}  // namespace

std::string zsh_completion(const CommandDescription& program) {
  std::string text = std::string("#compdef sightline\n# Completion of sightline ") + kVersion +
                     " for zsh, printed by 'sightline completion zsh'.\n\n";
  for (const CommandDescription* command : all_commands(program))
    text += command->commands.empty() ? leaf_function(*command) : group_function(*command);
  return text + help_function(program) +
         "# Run as an autoloaded function, or read by `source`.\n"
         "if [ \"$funcstack[1]\" = _sightline ]; then\n  _sightline \"$@\"\nelse\n"
         "  compdef _sightline sightline\nfi\n";
}

}  // namespace sightline::cli
