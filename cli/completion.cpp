// sightline completion: completion scripts of shells.
#include "completion.h"

#include <cstdio>
#include <memory>

namespace sightline::cli {
namespace {

int print_completion(const CLI::App& app, const std::string& shell) {
  const CommandDescription program = describe(app);
  const std::string script = shell == "bash"  ? bash_completion(program)
                             : shell == "zsh" ? zsh_completion(program)
                                              : fish_completion(program);
  std::fputs(script.c_str(), stdout);
  return kDone;
}

}  // namespace

std::vector<const CommandDescription*> all_commands(const CommandDescription& program) {
  std::vector<const CommandDescription*> all = {&program};
  for (const CommandDescription& command : program.commands) {
    const auto inner = all_commands(command);
    all.insert(all.end(), inner.begin(), inner.end());
  }
  return all;
}

std::string join(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

void add_completion(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "Print a script that completes commands in a shell");
  command->group("Other");
  command->add_option("SHELL", *shell, "Shell that reads the script")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  command->footer(
      "Packages install the scripts. For one session of fish: sightline completion fish | source\n"
      "Example: source <(sightline completion bash)");
  command->callback(
      [shell, &app, &action] { action = [shell, &app] { return print_completion(app, *shell); }; });
}

}  // namespace sightline::cli
