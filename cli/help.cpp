#include "help.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstdio>
#include <regex>
#include <set>

#include "base/suggest.h"
#include "base/text.h"
#include "console.h"
#include "describe.h"
#include "output.h"

namespace sightline::cli {
namespace {

constexpr size_t kWidth = 100, kColumn = 26;

// The type that CLI11 or the command named, without the checks that CLI11 appends to it.
std::string type_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::string checks_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t colon = type.find(':');
  return colon == std::string::npos ? "" : type.substr(colon + 1);
}

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

// Appends `text` after `line`, wrapped to kWidth columns; further lines begin at `indent`.
std::string wrapped(std::string line, const std::string& text, size_t indent) {
  std::string out;
  size_t used = line.size();
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    const bool first = used <= indent;
    if (!first && used + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = std::string(indent, ' ') + word;
      used = line.size();
    } else {
      line += (first ? "" : " ") + word;
      used = line.size();
    }
    at = end + 1;
  }
  return out + line + "\n";
}

std::string entry(const std::string& form, const std::string& description) {
  std::string line = "  " + form, head;
  if (line.size() + 2 > kColumn) {
    head = line + "\n";
    line.clear();
  }
  line.resize(kColumn, ' ');
  return head + wrapped(line, description, kColumn);
}

std::string names(const std::set<CLI::Option*>& options) {
  std::vector<std::string> words;
  for (const CLI::Option* option : options) words.push_back(option->get_name());
  std::ranges::sort(words);
  return joined(words, ", ");
}

// "required", "1 to 4096; default: 32"; "" if there is nothing to say.
std::string notes(const CLI::Option& option) {
  constexpr size_t kMany = 8;  // the description of such an option names what it replaces
  std::vector<std::string> parts;
  if (option.get_required()) parts.emplace_back("required");
  if (type_of(option) == "TEXT" && value_name(option) == "NAME")
    parts.push_back(joined(allowed_values(option), ", "));
  if (const std::string limits = limits_text(option); !limits.empty()) parts.push_back(limits);
  std::string value = option.get_default_str();
  if (value.starts_with('[') && value.ends_with(']')) value = value.substr(1, value.size() - 2);
  if (!is_flag(option) && !value.empty()) parts.push_back("default: " + value);
  if (!option.get_needs().empty()) parts.push_back("requires " + names(option.get_needs()));
  std::set<CLI::Option*> excluded = option.get_excludes();
  std::erase_if(excluded, [](CLI::Option* o) { return o->get_excludes().size() > kMany; });
  if (!excluded.empty() && excluded.size() <= kMany) parts.push_back("not with " + names(excluded));
  return joined(parts, "; ");
}

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string) const override {
    return "\nUsage: " + usage_text(*app) + "\n";
  }

  std::string make_positionals(const CLI::App* app) const override {
    std::string text;
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional()) text += entry(option_form(*option), explained(*option));
    }
    return text.empty() ? "" : "\nArguments:\n" + text;
  }

  std::string make_option(const CLI::Option* option, bool) const override {
    return entry(option_form(*option), explained(*option));
  }

  std::string make_subcommand(const CLI::App* command) const override {
    return entry(command->get_name(), command->get_description());
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() {
  return std::make_shared<HelpFormatter>();
}

std::string help_text(const CLI::App& command) {
  return command.get_formatter()->make_help(&command, "", CLI::AppFormatMode::Normal);
}

std::string command_words(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent == nullptr ? "" : command_words(*parent) + " ") + command.get_name();
}

const CLI::App& find_command(const CLI::App& parent, std::string_view name) {
  std::vector<std::string> choices;
  for (const CLI::App* command : parent.get_subcommands({})) {
    if (command->get_name() == name) return *command;
    choices.push_back(command->get_name());
  }
  const std::string kind =
      parent.get_parent() == nullptr ? "command" : parent.get_name() + " command";
  const std::string word = one_line(std::string(name));
  if (choices.empty())
    throw Error(ErrorCode::invalid_argument, parent.get_name(), " has no commands, found '", word,
                "'");
  std::string advice = did_you_mean(name, choices);
  if (advice.empty()) advice = "; expected one of: " + joined(choices, ", ");
  throw Error(ErrorCode::invalid_argument, "unknown ", kind, " '", word, "'", advice);
}

std::string option_form(const CLI::Option& option) {
  if (option.get_positional()) return upper(option.get_name(true, false));
  std::string name = option.get_name();
  if (option.get_snames().size() == 1 && option.get_lnames().size() == 1)
    name = "-" + option.get_snames()[0] + ", --" + option.get_lnames()[0];
  if (is_flag(option)) return name.substr(0, name.find('{'));
  const std::string value = value_name(option);
  return name + " " + value + (option.get_delimiter() == ',' ? "[,...]" : "");
}

std::string value_name(const CLI::Option& option) {
  constexpr size_t kLongestChoice = 30;
  const std::string type = type_of(option);
  if (type == "INT" || type == "UINT") return "N";
  if (type == "FLOAT") return "X";
  if (type != "TEXT") return type;
  const std::string choice = joined(allowed_values(option), "|");
  return choice.empty() ? type : choice.size() > kLongestChoice ? "NAME" : choice;
}

bool is_flag(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}

std::string explained(const CLI::Option& option) {
  std::string text = option.get_description();
  const std::string more = notes(option);
  if (more.empty()) return text;
  if (!text.ends_with(')')) return text + " (" + more + ")";
  text.back() = ';';
  return text + " " + more + ")";
}

std::string usage_text(const CLI::App& command) {
  std::string line = command_words(command);
  if (!command.get_subcommands({}).empty()) line += " COMMAND";
  bool optional = false;
  for (const CLI::Option* option : command.get_options()) {
    if (option->nonpositional() && option->get_required()) line += " " + option_form(*option);
    optional = optional || (option->nonpositional() && !option->get_required());
  }
  if (optional) line += " [OPTIONS]";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string form = option_form(*option) + (option->get_expected_max() > 1 ? "..." : "");
    line += option->get_required() ? " " + form : " [" + form + "]";
  }
  return line;
}

std::vector<std::string> allowed_values(const CLI::Option& option) {
  const std::string checks = checks_of(option);
  const size_t open = checks.find('{'), close = checks.find('}');
  std::vector<std::string> values;
  if (open == std::string::npos || close == std::string::npos) return values;
  for (size_t at = open + 1; at < close;) {
    const size_t end = std::min(checks.find(',', at), close);
    values.push_back(checks.substr(at, end - at));
    at = end + 1;
  }
  // The names of a map have their numbers: "coco->2".
  for (std::string& value : values) value = value.substr(0, value.find("->"));
  return values;
}

std::string limits_text(const CLI::Option& option) {
  const std::string checks = checks_of(option);
  if (checks == "POSITIVE") return "greater than 0";
  static const std::regex range(R"(in \[(\S+) - (\S+)\])");
  std::smatch match;
  if (!std::regex_search(checks, match, range)) return "";
  return match[1].str() + " to " + match[2].str();
}

namespace {

int print_help(const CLI::App& app, const std::vector<std::string>& words, bool as_json) {
  const CLI::App* command = &app;
  for (const std::string& word : words) command = &find_command(*command, word);
  if (as_json) {
    print_json(to_json(describe(*command)));
    return kDone;
  }
  std::fputs(help_text(*command).c_str(), stdout);
  return kDone;
}

}  // namespace

void add_help(CLI::App& app, Action& action) {
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("help", "Print the help of a command");
  command->group("Other");
  command->add_option("COMMAND", *words, "Command, and its subcommand if it has any");
  auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "Print the command, its options and commands as JSON");
  command->footer("Example: sightline help dataset convert");
  command->callback([words, as_json, &app, &action] {
    action = [words, as_json, &app] { return print_help(app, *words, *as_json); };
  });
}

}  // namespace sightline::cli
