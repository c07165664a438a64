#include "describe.h"

#include <sightline/version.h>

#include <algorithm>
#include <string_view>

#include "help.h"

namespace sightline::cli {
namespace {

bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// The words of a type such as "N|all" that are written as they are.
std::vector<std::string> literal_words(const std::string& type) {
  std::vector<std::string> words;
  for (size_t at = 0; type.find('|') != std::string::npos && at < type.size();) {
    const size_t end = std::min(type.find('|', at), type.size());
    if (type[at] >= 'a' && type[at] <= 'z') words.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

ValueKind kind_of(const OptionDescription& option, bool argument) {
  if (!option.choices.empty()) return ValueKind::choice;
  const std::string name = argument ? option.names[0] : option.value_name;
  if (argument && name == "COMMAND") return ValueKind::command;
  if (name == "DIR") return ValueKind::folder;
  if (name.starts_with("FILE") || is_one_of(name, {"PATH", "MODEL", "DATASET", "NAME=PATH", "OUT",
                                                   "IMAGE", "RECIPE", "PLAN", "QRELS", "VECTORS"}))
    return ValueKind::path;
  return ValueKind::text;
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription out;
  const bool argument = option.get_positional();
  if (argument) {
    out.names.push_back(option_form(option));
  } else {
    for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  }
  out.form = option_form(option);
  out.summary = option.get_description();
  out.text = explained(option);
  out.required = option.get_required();
  out.list = option.get_delimiter() == ',';
  out.repeatable = option.get_expected_max() > 1 && !is_flag(option);
  out.choices = allowed_values(option);
  out.optional_value = is_flag(option) && !out.choices.empty();
  if (is_flag(option) && !out.optional_value) return out;
  out.value_name = out.optional_value ? "KIND" : value_name(option);
  if (out.choices.empty()) out.choices = literal_words(out.value_name);
  out.value = kind_of(out, argument);
  return out;
}

Json to_json(const OptionDescription& option) {
  Json json = {{"names", option.names},       {"form", option.form},
               {"description", option.text},  {"value", value_kind_name(option.value)},
               {"required", option.required}, {"repeatable", option.repeatable},
               {"list", option.list},         {"optional_value", option.optional_value}};
  if (!option.choices.empty()) json["choices"] = option.choices;
  return json;
}

Json body_json(const CommandDescription& command) {
  Json json = {{"words", command.words},         {"group", command.group},
               {"description", command.summary}, {"usage", command.usage},
               {"notes", command.notes},         {"options", Json::array()},
               {"arguments", Json::array()},     {"commands", Json::array()}};
  for (const auto& option : command.options) json["options"].push_back(to_json(option));
  for (const auto& argument : command.arguments) json["arguments"].push_back(to_json(argument));
  for (const auto& inner : command.commands) json["commands"].push_back(body_json(inner));
  return json;
}

}  // namespace

std::string value_kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::none:
      return "none";
    case ValueKind::choice:
      return "choice";
    case ValueKind::path:
      return "path";
    case ValueKind::folder:
      return "folder";
    case ValueKind::command:
      return "command";
    case ValueKind::text:
      return "text";
  }
  return "text";
}

CommandDescription describe(const CLI::App& command) {
  CommandDescription out;
  for (const CLI::App* at = &command; at->get_parent() != nullptr; at = at->get_parent())
    out.words.insert(out.words.begin(), at->get_name());
  out.group = command.get_parent() == nullptr ? "" : command.get_group();
  out.summary = command.get_description();
  out.usage = usage_text(command);
  out.notes = command.get_footer();
  for (const CLI::Option* option : command.get_options())
    (option->get_positional() ? out.arguments : out.options).push_back(describe(*option));
  for (const CLI::App* inner : command.get_subcommands({}))
    out.commands.push_back(describe(*inner));
  return out;
}

Json to_json(const CommandDescription& command) {
  Json json = {{"version", kVersion}};
  json.update(body_json(command));
  return json;
}

std::string first_clause(const std::string& text, size_t width) {
  size_t end = text.size();
  for (const char* mark : {"; ", " (", ": ", ", such as"}) end = std::min(end, text.find(mark));
  if (end <= width) return text.substr(0, end);
  const size_t space = text.rfind(' ', width);
  return text.substr(0, space == std::string::npos ? width : space) + " …";
}

}  // namespace sightline::cli
