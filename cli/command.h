// Interface between main.cpp and the subcommands.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace sightline::cli {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2, kSkipped = 3 };

// The function of the chosen subcommand, called after parsing. Returns the exit code.
using Action = std::function<int()>;

// Each function adds a subcommand to `app`; the subcommand's callback sets `action`.
void add_models(CLI::App& app, Action& action);
void add_tokenize(CLI::App& app, Action& action);
void add_preprocess(CLI::App& app, Action& action);
void add_encode(CLI::App& app, Action& action);
void add_quantize(CLI::App& app, Action& action);
void add_eval(CLI::App& app, Action& action);
void add_reproduce(CLI::App& app, Action& action);
void add_search(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_tune(CLI::App& app, Action& action);
void add_pull(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_dataset(CLI::App& app, Action& action);
void add_index(CLI::App& app, Action& action);
void add_library(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_feedback(CLI::App& app, Action& action);

}  // namespace sightline::cli
