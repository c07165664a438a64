// sightline eval: measures retrieval on data sets and writes a report.
#include <sightline/error.h>
#include <sightline/experiment.h>
#include <sightline/measurements.h>
#include <sightline/report.h>
#include <sightline/vector_experiment.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "base/shell.h"
#include "base/spec_label.h"
#include "command.h"
#include "configuration.h"
#include "console.h"
#include "eval.h"
#include "evaluation_options.h"
#include "locate.h"
#include "model_options.h"
#include "noise.h"
#include "output.h"
#include "progress_line.h"
#include "read_lines.h"
#include "results.h"

namespace sightline::cli {
namespace {

std::string is_depth(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 9 && text[0] != '0' &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  return digits || text == "all"
             ? ""
             : "expected a positive number or 'all', found '" + one_line(text) + "'";
}

// A result, and the input from which a report reads the images again.
struct Measured {
  ExperimentResult result;
  EvaluationInput input;
};

Measured measure_models(EvalOptions& options) {
  const std::vector<DatasetInput> datasets = locate_datasets(options);
  refuse_inside(options.report.directory, datasets.front().path);
  if (options.experiment.trec) refuse_inside(options.trec.directory, datasets.front().path);
  locate_models(options, datasets);
  return {run_experiment(options.experiment), options.experiment.input};
}

// Either path may have the label of both.
EncoderVectors encoder_vectors(const std::filesystem::path& images,
                               const std::filesystem::path& texts) {
  const LabeledSpec image = split_label(images.string()), text = split_label(texts.string());
  return {image.spec, text.spec, image.label.empty() ? text.label : image.label};
}

Measured measure_vectors(const EvalOptions& options) {
  if (options.image_vectors.size() != options.text_vectors.size()) {
    throw Error(ErrorCode::invalid_argument,
                "eval requires one --text-vectors for each "
                "--image-vectors, found ",
                options.text_vectors.size(), " and ", options.image_vectors.size());
  }
  VectorExperimentOptions experiment;
  for (size_t i = 0; i < options.image_vectors.size(); ++i)
    experiment.encoders.push_back(
        encoder_vectors(options.image_vectors[i], options.text_vectors[i]));
  experiment.relevance = options.relevance;
  experiment.top_k = options.experiment.top_k;
  experiment.statistics = options.experiment.statistics;
  experiment.trec = options.experiment.trec;
  experiment.progress = options.experiment.input.encode.progress;
  experiment.failures = options.experiment.failures;
  VectorExperiment measured = run_vector_experiment(experiment);
  return {std::move(measured.result), std::move(measured.images)};
}

// Completes the options that need no data, and makes the checks that must precede long work.
void complete(EvalOptions& options) {
  if (!options.trec.directory.empty()) {
    options.trec.depth = options.trec_depth == "all" ? 0 : std::stoll(options.trec_depth);
    options.experiment.trec = options.trec;
  }
  options.report.figures = !options.no_figures;
  check_output_folder(options.report.directory);
  if (options.flags.datasets.size() < 2) check_report_folder(options.report.directory);
  if (options.experiment.trec) check_output_folder(options.trec.directory);
  if (options.report.figures) require_gnuplot();
  options.experiment.input.encode.progress = console_progress(options.flags.as_json);
  if (!options.queries.empty())
    std::ranges::move(read_queries(options.queries),
                      std::back_inserter(options.experiment.queries));
  complete_noise(options.experiment.noise, options.noise);
  complete_failures(options.experiment.failures, options.failures);
  options.experiment.captions =
      options.captions == "first" ? CaptionChoice::first : CaptionChoice::all;
}

void print_folders(const EvalOptions& options) {
  if (options.experiment.trec) print_path("TREC runs and qrels", options.trec.directory);
  print_path("report", options.report.directory / "index.html");
}

// Settings of --config, except those that options give.
void read_config(EvalOptions& options, const CLI::App& command) {
  if (options.config.empty()) return;
  const Configuration c = read_configuration(options.config);
  ExperimentOptions& experiment = options.experiment;
  if (experiment.models.empty() && !c.model.empty()) experiment.models.emplace_back(c.model);
  apply_configuration(c, command, experiment.input.model);
  experiment.templates = c.templates.value_or(std::vector<std::string>{});
  experiment.expansion = c.expansion;
  experiment.fusion = c.fusion;
}

// Whether the only data set is classified; the task auto looks into it.
bool classifies_one(EvalOptions& options) {
  const ClassificationFlags& flags = options.classification;
  if (flags.task == "classification") return true;
  if (flags.task == "retrieval" || options.add) return false;
  return is_classified(flags, locate_datasets(options).front());
}

std::optional<Deployment> measure_deployment_of(const EvalOptions& options,
                                                const ExperimentResult& result) {
  std::vector<std::string> labels;
  std::vector<Precision> precisions;
  for (const ModelResult& model : result.models) {
    labels.push_back(model.label);
    precisions.push_back(model.computation.precision);
  }
  return measure_if_wanted(options.deployment, options.experiment, labels, precisions);
}

int run(EvalOptions& options, const CLI::App& command) {
  read_config(options, command);
  complete(options);
  if (options.flags.datasets.size() > 1) return evaluate_several(options, command);
  if (classifies_one(options)) return evaluate_classification(options, command);
  const ProgressFn progress = options.experiment.input.encode.progress;
  std::optional<ExperimentResult> stored = stored_result(options, command);
  auto [result, input] =
      options.image_vectors.empty() ? measure_models(options) : measure_vectors(options);
  if (stored) {
    for (const std::string& note : add_models(*stored, std::move(result), progress)) warn(note);
    result = std::move(*stored);
  }
  options.report.deployment = measure_deployment_of(options, result);
  const std::string earlier = stored ? earlier_command(options.report.directory) + " && " : "";
  options.report.run = this_run(earlier + shell_command(process_arguments()));
  write_report_in(options.report, result, input, progress);
  for (const std::string& warning : result.warnings) warn(warning);
  if (const std::string fonts = missing_fonts_warning(result); !fonts.empty()) warn(fonts);
  if (options.flags.as_json) {
    std::fputs(results_json(result, *options.report.run, options.report.deployment).c_str(),
               stdout);
  } else {
    print_result(result, options.image_vectors.empty());
    std::fputs(deployment_table(options.report.deployment).c_str(), stdout);
    print_folders(options);
  }
  if (result.skipped.empty()) return kDone;
  report_skipped(result.skipped);
  return kSkipped;
}

void add_vector_options(CLI::App& command, EvalOptions& options) {
  auto* images =
      command
          .add_option("--image-vectors", options.image_vectors,
                      "Vectors of images that any encoder made: a .npy file, a folder of "
                      "numbered ones, a .shards.json file, or clip-retrieval's folder; repeatable, "
                      "to compare "
                      "encoders; instead of --dataset and --model")
          ->type_name("PATH")
          ->allow_extra_args(false);
  auto* texts = command
                    .add_option("--text-vectors", options.text_vectors,
                                "Vectors of texts, one for each --image-vectors")
                    ->type_name("PATH")
                    ->allow_extra_args(false)
                    ->needs(images);
  images->needs(texts);
  command
      .add_option("--relevance", options.relevance,
                  "Which text belongs to which image: CSV, TSV, JSON lines or TREC qrels of ids or "
                  "row numbers; default: the same row")
      ->type_name("FILE")
      ->needs(images);
  // Options of reading and encoding a data set.
  for (const CLI::Option* option : command.get_options()) {
    const std::string& name = option->get_name();
    const bool shared = name == "--help" || name == "--json" || name == "--top-k" ||
                        name == "--image-vectors" || name == "--text-vectors" ||
                        name == "--relevance" || name == "--bootstrap" || name == "--confidence" ||
                        name == "--permutations" || name == "--seed" || name == "--trec" ||
                        name == "--trec-depth" || name == "--out" || name == "--ranks" ||
                        name == "--no-figures" || name == "--add" || name == "--hub-k" ||
                        name == "--correct" || name == "--group-column";
    if (!shared) images->excludes(command.get_option(name));
  }
}

}  // namespace

std::vector<DatasetInput> locate_datasets(EvalOptions& options) {
  const auto& datasets = options.flags.datasets;
  const bool missing =
      datasets.empty() || std::ranges::any_of(datasets, &std::filesystem::path::empty);
  if (missing || options.experiment.models.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "eval requires --dataset and --model, or --image-vectors and --text-vectors");
  }
  return complete_inputs(options.experiment.input, options.flags);
}

void locate_models(EvalOptions& options, const std::vector<DatasetInput>& datasets) {
  if (options.flags.pull)
    for (const DatasetInput& dataset : datasets) RowReader{dataset};  // before downloads
  for (auto& model : options.experiment.models)
    model = locate_model(model.string(), options.flags.pull);
}

void add_eval(CLI::App& app, Action& action) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* command =
      app.add_subcommand("eval", "Measure how well models retrieve images by their captions");
  add_evaluation_options(*command, options->experiment.input, options->flags);
  add_precisions_option(*command, options->experiment.precisions, true);
  command
      ->add_option("--model", options->experiment.models,
                   std::string(kModelHelp) + "; repeatable, to compare models")
      ->type_name("MODEL");
  add_config_option(*command, options->config);
  command->add_option("--top-k", options->experiment.top_k, "K of the top-K score")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--captions", options->captions, "Captions to use per row: all or first")
      ->check(CLI::IsMember({"all", "first"}))
      ->capture_default_str();
  command
      ->add_option("--query", options->experiment.queries,
                   "Text query whose hits are shown in the report; with several data sets, among "
                   "all their images; repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  command
      ->add_option("--queries", options->queries,
                   "File of text queries, one per line; - is standard input")
      ->type_name("FILE");
  add_statistics_options(*command, options->experiment.statistics);
  auto* trec = command
                   ->add_option("--trec", options->trec.directory,
                                "Folder to write runs and qrels to, in trec_eval's formats")
                   ->type_name("DIR");
  command
      ->add_option("--trec-depth", options->trec_depth, "Candidates per query in the runs, or all")
      ->type_name("N|all")
      ->needs(trec)
      ->check(is_depth)
      ->capture_default_str();
  add_noise_options(*command, options->noise, options->experiment.noise);
  add_failure_options(*command, options->failures, options->experiment.failures);
  command
      ->add_option("--out", options->report.directory,
                   "Folder of the report; of several data sets, with a folder for each")
      ->type_name("DIR")
      ->required();
  command->add_flag("--add", options->add,
                    "Add the models to the report in --out, without evaluating its models again; "
                    "settings that are not given are those of the report");
  add_classification_options(*command, options->classification);
  add_deployment_options(*command, options->deployment);
  command->get_option("--add")->excludes("--deployment");
  command->add_flag("--ranks", options->report.ranks,
                    "Also write ranks.jsonl, the ranks of every caption");
  command->add_flag("--no-figures", options->no_figures, "Write no figures; does not need gnuplot");
  add_vector_options(*command, *options);
  command->group("Evaluation");
  command->footer(
      "Examples:\n"
      "  sightline eval --dataset build/emoji --split test,novel --model models/emoji-vit-8 \\\n"
      "    --query 'a red heart' --out build/report\n"
      "  sightline eval --dataset build/emoji --split test --model ours=models/emoji-vit-8 \\\n"
      "    --model RN=models/emoji-rn --out build/comparison\n"
      "  sightline eval --dataset build/emoji --split test --model models/emoji-vit-8 --correct "
      "all \\\n"
      "    --group-column group --typographic --out build/failures\n"
      "  sightline eval --task classification --dataset build/emoji --split novel \\\n"
      "    --label-column subgroup --model models/emoji-vit-8 --out build/subgroups\n"
      "  sightline encode --model models/emoji-vit-8 --out build/images.npy \\\n"
      "    --images build/emoji/images/1f34e.png build/emoji/images/1f686.png\n"
      "  printf 'red apple\\na train\\n' |\n"
      "    sightline encode --model models/emoji-vit-8 --texts - --out build/texts.npy\n"
      "  sightline eval --image-vectors build/images.npy --text-vectors build/texts.npy \\\n"
      "    --out build/vectors");
  command->callback([options, command, &action] {
    action = [options, command] { return run(*options, *command); };
  });
}

}  // namespace sightline::cli
