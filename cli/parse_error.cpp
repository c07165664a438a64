#include "parse_error.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "console.h"
#include "help.h"

namespace sightline::cli {
namespace {

using Strings = std::vector<std::string>;

// The innermost command that was given.
const CLI::App& parsed_command(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return *at;
}

// "encode", "dataset info"; "sightline" for the program itself.
std::string name_of(const CLI::App& command) {
  const std::string words = command_words(command);
  const size_t space = words.find(' ');
  return space == std::string::npos ? words : words.substr(space + 1);
}

std::string see_help(const CLI::App& command) {
  const bool program = command.get_parent() == nullptr;
  return "; see 'sightline help" + (program ? "" : " " + name_of(command)) + "'";
}

std::string joined_with(const Strings& words, const std::string& last) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " " + last + " " : ", ") + words[i];
  return text;
}

// The option that CLI11's message begins with; null if it begins with none.
const CLI::Option* named_option(const CLI::App& command, const std::string& message) {
  const std::string name = message.substr(0, message.find_first_of(": "));
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_name() == name || option->get_name(true, false) == name) return option;
  }
  return nullptr;
}

const CLI::Option* find_option(const CLI::App& command, const std::string& name) {
  return command.get_option_no_throw(name);
}

std::string form_of(const CLI::App& command, const std::string& name) {
  const CLI::Option* option = find_option(command, name);
  return option == nullptr ? name : option_form(*option);
}

// "; did you mean --top-k N?" for the options that begin with `letter`, or whose last word is it;
// "" without any.
std::string did_you_mean_one_of(const CLI::App& command, const std::string& letter) {
  Strings forms;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames())
      if (name.starts_with(letter) || name.ends_with("-" + letter))
        forms.push_back(option_form(*option));
  }
  return forms.empty() ? "" : "; did you mean " + joined_with(forms, "or") + "?";
}

std::string unknown_option(const CLI::App& command, const std::string& argument) {
  const std::string word = argument.substr(0, argument.find('='));
  const std::string owner = command.get_parent() == nullptr ? "the program" : name_of(command);
  const std::string text = owner + " has no option '" + one_line(word) + "'";
  Strings options;
  bool positional = false;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) options.push_back(name);
    positional = positional || option->get_positional();
  }
  const size_t start = word.find_first_not_of('-');
  const std::string bare = start == std::string::npos ? "" : word.substr(start);
  if (const std::string found = closest(bare, options); !found.empty())
    return text + "; did you mean " + form_of(command, "--" + found) + "?";
  if (command.get_parent() == nullptr)
    return text + "; the options of a command follow its name" + see_help(command);
  if (word.size() == 2)  // -k: the options that begin with this letter
    return text + did_you_mean_one_of(command, word.substr(1)) + see_help(command);
  if (positional) return text + "; write '--' before an argument that begins with '-'";
  return text + see_help(command);
}

std::string unexpected_argument(const CLI::App& command, const std::string& word) {
  const std::string shown = "'" + one_line(word) + "'";
  Strings arguments;
  for (const CLI::Option* option : command.get_options())
    if (option->get_positional()) arguments.push_back(option_form(*option));
  if (arguments.empty())
    return name_of(command) + " takes options only, found " + shown + see_help(command);
  return name_of(command) + " takes only " + joined_with(arguments, "and") + ", found also " +
         shown + see_help(command);
}

// The unknown options of the command line; reported before a missing option, which it may explain.
std::optional<std::string> extras(const CLI::App& app) {
  for (const CLI::App* at = &app;; at = at->get_subcommands().back()) {
    for (const std::string& word : at->remaining())
      if (word.size() > 1 && word.front() == '-') return unknown_option(*at, word);
    if (at->get_subcommands().empty()) break;
  }
  return std::nullopt;
}

std::string missing(const CLI::App& command) {
  Strings forms;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_required() && option->count() == 0) forms.push_back(option_form(*option));
  }
  if (forms.empty()) return name_of(command) + " requires a command" + see_help(command);
  return name_of(command) + " requires " + joined_with(forms, "and") + see_help(command);
}

// "a number from 1 to 4096", "fp32, bf16 or int8", or "a number".
std::string expected_text(const CLI::Option& option) {
  const Strings values = allowed_values(option);
  if (!values.empty()) return joined_with(values, "or");
  const std::string limits = limits_text(option);
  if (limits.empty()) return "a number";
  return "a number " + (limits.starts_with("greater") ? limits : "from " + limits);
}

// The text of `message` between the first `before` and the last `after`, which ends the message if
// it is empty. (Not by std::regex, whose recursion overflows the stack for long values.)
std::optional<std::string> between(const std::string& message, std::string_view before,
                                   std::string_view after) {
  const size_t at = message.find(before);
  if (at == std::string::npos) return std::nullopt;
  const size_t begin = at + before.size();
  const size_t end = after.empty() ? message.size() : message.rfind(after);
  if (end == std::string::npos || end < begin) return std::nullopt;
  return message.substr(begin, end - begin);
}

constexpr std::string_view kNotConverted = "Could not convert: ";
constexpr std::string_view kNotAllowed = " is not an allowed value for ";

// The value that CLI11's message rejects, if the message has one of CLI11's own forms.
std::optional<std::string> rejected_value(const std::string& message) {
  if (message.starts_with(kNotConverted)) return between(message, " = ", "");
  if (message.starts_with("The value ")) return between(message, "The value ", kNotAllowed);
  constexpr std::pair<std::string_view, std::string_view> kForms[] = {
      {": Value ", " not in range "},
      {": Failed parsing number (", ")"},
      {": Number less or equal to 0 (", ")"},
      {": ", " not in {"}};
  for (const auto& [before, after] : kForms) {
    if (auto value = between(message, before, after)) return value;
  }
  return std::nullopt;
}

// The option of a message in one of CLI11's forms of conversion errors.
const CLI::Option* converted_option(const CLI::App& command, const std::string& message) {
  const auto name = message.starts_with(kNotConverted) ? between(message, kNotConverted, " = ")
                                                       : between(message, kNotAllowed, "");
  return name ? find_option(command, name->substr(0, name->find(' '))) : nullptr;
}

std::string wrong_value(const CLI::App& command, const std::string& message) {
  const CLI::Option* option = named_option(command, message);
  if (option == nullptr) option = converted_option(command, message);
  const std::optional<std::string> value = rejected_value(message);
  if (option == nullptr || !value) return message;
  const std::string form = option_form(*option);
  if (option->get_items_expected_max() == 0)
    return form + " takes no value, found '" + heading(*value) + "'";
  return form.substr(0, form.find(' ')) + " expects " + expected_text(*option) + ", found '" +
         heading(*value) + "'" + did_you_mean(*value, allowed_values(*option));
}

std::string wrong_count(const CLI::App& command, const std::string& message) {
  const CLI::Option* option = named_option(command, message);
  if (option == nullptr) return message;
  const std::string form = option_form(*option);
  if (option->results().empty() || message.find("missing") != std::string::npos)
    return form.substr(0, form.find(' ')) + " requires a value: " + form;
  return form + " is given " + std::to_string(option->results().size()) + " times, expected once";
}

// Two options of a message such as "--a requires --b".
std::string both_forms(const CLI::App& command, const std::string& message,
                       const std::string& between, const std::string& instead) {
  const size_t at = message.find(between);
  if (at == std::string::npos) return message;
  const std::string first = form_of(command, message.substr(0, at));
  return first.substr(0, first.find(' ')) + instead +
         form_of(command, message.substr(at + between.size()));
}

std::string sentence(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = parsed_command(app);
  const std::string message = error.what();
  if (const auto unknown = extras(app)) return *unknown;
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) return missing(command);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const Strings left = command.remaining();
    return left.empty() ? message : unexpected_argument(command, left.front());
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return wrong_count(command, message);
  if (dynamic_cast<const CLI::RequiresError*>(&error) != nullptr)
    return both_forms(command, message, " requires ", " requires ");
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr)
    return both_forms(command, message, " excludes ", " cannot be combined with ");
  return wrong_value(command, message);
}

}  // namespace

std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error) {
  return one_line(sentence(app, error));
}

}  // namespace sightline::cli
