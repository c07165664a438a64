// sightline eval: the experiment, its table and its report.
#include <sightline/evaluation.h>
#include <sightline/report.h>

#include <cstdio>
#include <memory>

#include "command.h"
#include "console.h"
#include "evaluation_options.h"

namespace sightline::cli {
namespace {

struct Options {
  ExperimentOptions experiment;
  EvaluationFlags flags;
  ReportOptions report;
  std::string captions = "all";
  bool no_figures = false;
};

std::vector<std::string> table_row(const std::string& label, const DirectionMetrics& d) {
  return {label,
          std::to_string(d.score),
          fixed(100 * d.accuracy, 2),
          std::to_string(d.weighted_score),
          fixed(100 * d.recall_at_1, 2),
          fixed(100 * d.recall_at_5, 2),
          fixed(100 * d.recall_at_10, 2),
          fixed(d.mean_reciprocal_rank, 4),
          fixed(d.median_rank, 1),
          fixed(d.mean_rank, 1)};
}

// One line a model, and under it one for each split where the data set has several.
void print_direction(const ExperimentResult& result, const char* title,
                     DirectionMetrics RetrievalMetrics::*direction) {
  std::vector<std::vector<std::string>> rows;
  for (const ModelResult& model : result.models) {
    rows.push_back(table_row(model.label, model.metrics.*direction));
    for (const auto& [split, metrics] : model.by_split) {
      rows.push_back(table_row("  " + (split.empty() ? std::string("(no split)") : split) + " (" +
                                   std::to_string((metrics.*direction).queries) + ")",
                               metrics.*direction));
    }
  }
  const DirectionMetrics& first = result.models[0].metrics.*direction;
  std::printf("%s: %lld queries among %lld\n%s\n", title, static_cast<long long>(first.queries),
              static_cast<long long>(first.candidates),
              format_table({"model", ">top-" + std::to_string(result.top_k), ">accuracy %", ">weighted", ">R@1 %",
                            ">R@5 %", ">R@10 %", ">MRR", ">median", ">mean rank"},
                           rows)
                  .c_str());
}

void print_result(const ExperimentResult& result, const Options& options) {
  print_direction(result, "text → picture", &RetrievalMetrics::text_to_image);
  print_direction(result, "picture → text", &RetrievalMetrics::image_to_text);
  for (const ModelResult& model : result.models) {
    std::printf("%s: own pairs' mean similarity %s; %s\n", model.label.c_str(),
                fixed(model.metrics.own_pairs.mean, 4).c_str(), counts_text(model.counts).c_str());
  }
  std::printf("report: %s\n", (options.report.directory / "index.html").c_str());
}

int run(Options& options) {
  complete_input(options.experiment.input, options.flags);
  options.experiment.captions = options.captions == "first" ? CaptionChoice::first : CaptionChoice::all;
  options.report.figures = !options.no_figures;
  if (options.report.figures) require_gnuplot();  // not after an hour of encoding
  const ExperimentResult result = run_experiment(options.experiment);
  write_report(result, options.experiment.input, options.report);
  for (const std::string& warning : result.warnings) warn(warning);
  if (options.flags.as_json) {
    std::fputs(results_json(result).c_str(), stdout);
  } else {
    print_result(result, options);
  }
  if (result.skipped.empty()) return kDone;
  report_skipped(skipped_inputs(result.skipped));
  return kSkipped;
}

}  // namespace

void add_eval(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("eval", "Measure how well models find pictures by their captions");
  add_evaluation_options(*command, options->experiment.input, options->flags);
  command->add_option("--model", options->experiment.models, "Model directory; repeat it to compare")->required();
  command->add_option("--top-k", options->experiment.top_k, "K of the score")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--captions", options->captions, "Captions of a row that take part: all or first")
      ->check(CLI::IsMember({"all", "first"}))
      ->capture_default_str();
  command->add_option("--query", options->experiment.queries, "A text to search with, shown in the report; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_statistics_options(*command, options->experiment.statistics);
  command->add_option("--out", options->report.directory, "Folder of the report")->required();
  command->add_flag("--ranks", options->report.ranks, "Also write ranks.jsonl: every caption's ranks");
  command->add_flag("--no-figures", options->no_figures, "No figures, and no need of gnuplot");
  command->footer("Example:\n  sightline eval --dataset emoji --split test,novel --model models/emoji-vit-8 "
                  "--query 'a red heart' --out report");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
