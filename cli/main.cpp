#include <sightline/error.h>
#include <sightline/version.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>
#include <optional>
#include <string>

#include "command.h"
#include "completion.h"
#include "console.h"
#include "help.h"
#include "interruption.h"
#include "merge.h"
#include "parse_error.h"
#include "progress_line.h"

namespace {

int exit_code(sightline::ErrorCode code) {
  return code == sightline::ErrorCode::invalid_argument ? sightline::cli::kUsage
                                                        : sightline::cli::kFailed;
}

// Returns the command whose help is to be shown because its own command is missing: `sightline`,
// `sightline dataset`. Null if the line names a command with an action, or an option. Throws
// invalid_argument for an unknown command, for which CLI11 would report a missing one.
const CLI::App* without_command(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  for (int i = 1; i < argc && at->get_require_subcommand_min() > 0; ++i) {
    const std::string word = argv[i];
    if (word.empty() || word.front() == '-') return nullptr;
    at = &sightline::cli::find_command(*at, word);
  }
  return at->get_require_subcommand_min() > 0 ? at : nullptr;
}

void add_commands(CLI::App& app, sightline::cli::Action& action) {
  using namespace sightline::cli;
  add_search(app, action);
  add_explain(app, action);
  add_index(app, action);
  add_library(app, action);
  add_serve(app, action);
  add_feedback(app, action);
  add_encode(app, action);
  add_merge(app, action);
  add_quantize(app, action);
  add_eval(app, action);
  add_reproduce(app, action);
  add_tune(app, action);
  add_verify(app, action);
  add_bench(app, action);
  add_models(app, action);
  add_pull(app, action);
  add_dataset(app, action);
  add_train(app, action);
  add_tokenize(app, action);
  add_preprocess(app, action);
  add_completion(app, action);
  add_help(app, action);
}

// A number that is not NaN or infinity.
std::string require_finite(const std::string& text) {
  double value = 0;
  const bool number = CLI::detail::lexical_cast(text, value);
  return !number || std::isfinite(value) ? "" : "Value " + text + " not in range of numbers";
}

// CLI11's ranges take NaN, which compares with nothing.
void refuse_nan(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands({})) refuse_nan(*command);
  for (CLI::Option* option : app.get_options()) {
    const bool number = option->get_type_name().starts_with("FLOAT") ||
                        !sightline::cli::limits_text(*option).empty();
    if (number) option->check(CLI::Validator(require_finite, ""));
  }
}

// Whether --json was given to the command that was named.
bool prints_json(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const CLI::Option* json = command->get_option_no_throw("--json");
  return json != nullptr && json->count() > 0;
}

// Returns why output to stdout was lost, if it was.
std::optional<std::string> stdout_problem() {
  errno = 0;
  const bool lost = std::ferror(stdout) != 0;
  if (std::fflush(stdout) == 0 && !lost) return std::nullopt;
  // An earlier failure has left no reason; writing again shows it.
  if (errno == 0 && ::write(STDOUT_FILENO, "\n", 1) == 1) return "an earlier write failed";
  return std::strerror(errno);
}

void before_error() {
  sightline::cli::wait_if_ending();
  sightline::cli::end_progress_line();
}

int run(int argc, char** argv) {
  using namespace sightline::cli;
  CLI::App app{"Searches images by text, and evaluates retrieval.", "sightline"};
  app.set_version_flag("--version", std::string("sightline ") + sightline::kVersion);
  app.set_help_flag("-h,--help", "Print this help");
  app.formatter(help_formatter());
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 invalid arguments, 3 done but some inputs were skipped,\n"
      "130 interrupted (Ctrl-C), 143 stopped (SIGTERM).\n"
      "'sightline help COMMAND' shows a command's options and an example.");
  Action action;
  add_commands(app, action);
  refuse_nan(app);
  try {
    if (const CLI::App* command = without_command(app, argc, argv)) {
      std::fputs(help_text(*command).c_str(), stderr);
      return kUsage;
    }
    app.parse(argc, argv);
    set_json_output(prints_json(app));
    return action ? action() : kUsage;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::fprintf(stderr, "sightline: %s\n", parse_error_text(app, error).c_str());
    return kUsage;
  } catch (const sightline::Error& error) {
    before_error();
    std::fprintf(stderr, "sightline: %s\n", one_line(error.what()).c_str());
    if (error.code() == sightline::ErrorCode::cancelled && interrupted())
      return interruption_exit_code();
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    before_error();
    std::fprintf(stderr, "sightline: out of memory\n");
  } catch (const std::filesystem::filesystem_error& error) {
    before_error();
    const std::string path = one_line(error.path1().string());
    std::fprintf(stderr, "sightline: cannot access %s: %s\n",
                 path.empty() ? "the working directory" : ("'" + path + "'").c_str(),
                 error.code().message().c_str());
  } catch (const std::exception& error) {
    before_error();
    std::fprintf(stderr, "sightline: internal error: %s\n", error.what());
  }
  return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  // A file size limit (ulimit -f) is then an error of write(), with a reason and a path.
  std::signal(SIGXFSZ, SIG_IGN);
  sightline::cli::watch_for_interruption();
  const int code = run(argc, argv);
  // Reports a full disk. std::cout, to which CLI11 prints its help, is synchronized with stdout.
  if (const auto problem = stdout_problem()) {
    std::fprintf(stderr, "sightline: cannot write to standard output: %s\n", problem->c_str());
  } else {
    return code;
  }
  return code == sightline::cli::kUsage ? code : sightline::cli::kFailed;
}
