#include <sightline/version.h>

#include "completion.h"

namespace sightline::cli {
namespace {

// bash 3.2 and later, without the package bash-completion. COMP_WORDS has '=' as a word of its own.
constexpr const char* kEngine = R"bash(
_sightline_files() {
  local option
  for option in "$@"; do compopt -o "$option" 2>/dev/null; done
}

# Completes $cur with the value of kind $1; $2 are the choices, $3 is "list" if commas separate values.
_sightline_complete_value() {
  local done=
  case $1 in
    path) _sightline_files default ;;
    folder) _sightline_files dirnames ;;
    command)
      _sightline_commands "$help_command"
      COMPREPLY=($(compgen -W "$commands" -- "$cur"))
      ;;
    choice)
      if [ "$3" = list ]; then
        _sightline_files nospace
        case $cur in *,*) done=${cur%,*}, ;; esac
      fi
      COMPREPLY=($(compgen -P "$done" -W "$2" -- "${cur#"$done"}"))
      ;;
  esac
}

_sightline() {
  local cur=${COMP_WORDS[COMP_CWORD]} command= option= last= before= word=
  local commands options arguments help_command= kind choices list only_arguments= count=0 i
  COMPREPLY=()
  _sightline_commands ""
  for ((i = 1; i < COMP_CWORD; i++)); do
    before=$word word=${COMP_WORDS[i]}
    if [ "$word" = = ] && [ -z "$only_arguments" ]; then
      case $before in --*) option=$before ;; *) option=$last ;; esac
    elif [ -n "$option" ]; then
      last=$option option=
    elif [ -z "$only_arguments" ] && [ "$word" = -- ]; then
      only_arguments=yes
    elif [ -z "$only_arguments" ] && [[ $word == -?* ]]; then
      last=
      _sightline_value "$command $word"
      case $kind in none | optional) ;; *) option=$word ;; esac
    else
      last=
      if [ -n "$commands" ]; then
        command="${command:+$command }$word"
        _sightline_commands "$command"
      else
        [ "$command" = help ] && help_command="${help_command:+$help_command }$word"
        count=$((count + 1))
      fi
    fi
  done
  if [ "$cur" = = ] && [ -z "$only_arguments" ]; then
    case $word in --*) option=$word ;; *) option=$last ;; esac
    cur=
  fi
  if [ -n "$option" ]; then
    _sightline_value "$command $option"
    [ "$kind" = optional ] && kind=choice
    _sightline_complete_value "$kind" "$choices" "$list"
  elif [ -z "$only_arguments" ] && [[ $cur == -* ]]; then
    _sightline_options "$command"
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  elif [ -n "$commands" ]; then
    COMPREPLY=($(compgen -W "$commands" -- "$cur"))
  else
    _sightline_argument "$command" "$count"
    _sightline_complete_value "$kind" "$choices" "$list"
  fi
}

complete -F _sightline sightline
)bash";

std::string kind_word(const OptionDescription& option) {
  return option.optional_value ? "optional" : value_kind_name(option.value);
}

std::string assignments(const OptionDescription& option) {
  std::string text = "kind=" + kind_word(option);
  if (!option.choices.empty()) text += " choices='" + join(option.choices, " ") + "'";
  if (option.list) text += " list=list";
  return text;
}

std::string commands_function(const std::vector<const CommandDescription*>& all) {
  std::string text =
      "# Sets `commands` to those that the command $1 has.\n"
      "_sightline_commands() {\n  case $1 in\n";
  for (const CommandDescription* command : all) {
    if (command->commands.empty()) continue;
    std::vector<std::string> names;
    for (const auto& inner : command->commands) names.push_back(inner.words.back());
    text += "    '" + join(command->words, " ") + "') commands='" + join(names, " ") + "' ;;\n";
  }
  return text + "    *) commands= ;;\n  esac\n}\n\n";
}

std::string options_function(const std::vector<const CommandDescription*>& all) {
  std::string text =
      "# Sets `options` to those of the command $1.\n"
      "_sightline_options() {\n  case $1 in\n";
  for (const CommandDescription* command : all) {
    std::vector<std::string> names;
    for (const auto& option : command->options)
      names.insert(names.end(), option.names.begin(), option.names.end());
    text += "    '" + join(command->words, " ") + "') options='" + join(names, " ") + "' ;;\n";
  }
  return text + "    *) options= ;;\n  esac\n}\n\n";
}

std::string value_function(const std::vector<const CommandDescription*>& all) {
  std::string text =
      "# Sets `kind`, `choices` and `list` to those of $1, \"COMMAND OPTION\".\n"
      "_sightline_value() {\n  kind=none choices= list=\n  case $1 in\n";
  for (const CommandDescription* command : all) {
    for (const auto& option : command->options) {
      if (option.value == ValueKind::none) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names)
        patterns.push_back("'" + join(command->words, " ") + " " + name + "'");
      text += "    " + join(patterns, " | ") + ") " + assignments(option) + " ;;\n";
    }
  }
  return text + "  esac\n}\n\n";
}

std::string argument_function(const std::vector<const CommandDescription*>& all) {
  std::string text =
      "# Sets them to those of argument number $2 of the command $1.\n"
      "_sightline_argument() {\n  kind=none choices= list=\n  case \"$1 $2\" in\n";
  for (const CommandDescription* command : all) {
    for (size_t i = 0; i < command->arguments.size(); ++i) {
      const auto& argument = command->arguments[i];
      text += "    '" + join(command->words, " ") + "'\\ " +
              (argument.repeatable ? "*" : std::to_string(i)) + ") " + assignments(argument) +
              " ;;\n";
    }
  }
  return text + "  esac\n}\n";
}

}  // namespace

std::string bash_completion(const CommandDescription& program) {
  const auto all = all_commands(program);
  return std::string("# Completion of sightline ") + kVersion +
         " for bash, printed by 'sightline completion bash'.\n\n" + commands_function(all) +
         options_function(all) + value_function(all) + argument_function(all) + kEngine;
}

}  // namespace sightline::cli
