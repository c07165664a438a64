// sightline eval: measures retrieval on a data set and writes a report.
#include <sightline/error.h>
#include <sightline/experiment.h>
#include <sightline/measurements.h>
#include <sightline/report.h>
#include <sightline/vector_experiment.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "base/shell.h"
#include "base/spec_label.h"
#include "command.h"
#include "console.h"
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

struct Options {
  ExperimentOptions experiment;
  EvaluationFlags flags;
  NoiseFlags noise;
  ReportOptions report;
  std::string captions = "all";
  bool no_figures = false;
  TrecOptions trec;
  std::string trec_depth = "1000";
  std::vector<std::filesystem::path> image_vectors, text_vectors;  // of each encoder
  std::filesystem::path relevance, queries;
  bool add = false;
};

void print_result(const ExperimentResult& result, const Options& options) {
  for (const ModelResult& model : result.models) {
    if (!model.precision_choice.empty())
      std::printf("%s: precision %s\n\n", model.label.c_str(), model.precision_choice.c_str());
    if (!model.info.projection.empty())
      std::printf("%s: %s\n\n", model.label.c_str(), model.info.projection.c_str());
  }
  print_results(result);
  print_comparisons(result);
  std::fputs(noise_table(result).c_str(), stdout);
  for (const ModelResult& model : result.models) {
    const std::string counts =
        options.image_vectors.empty() ? "; " + counts_text(model.counts) : "";
    std::printf("%s: mean similarity of own pairs %s%s\n", model.label.c_str(),
                fixed(model.metrics.own_pairs.mean, 4).c_str(), counts.c_str());
  }
  if (options.experiment.trec)
    std::printf("TREC runs and qrels: %s\n", options.trec.directory.c_str());
  std::printf("report: %s\n", (options.report.directory / "index.html").c_str());
}

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

Measured measure_models(Options& options) {
  if (options.flags.datasets.empty() || options.experiment.models.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "eval requires --dataset and --model, or --image-vectors and --text-vectors");
  }
  complete_inputs(options.experiment.input, options.flags);
  refuse_inside(options.report.directory, options.experiment.input.dataset.path);
  if (options.flags.pull)
    RowReader(options.experiment.input.dataset);  // checks it before downloads
  for (auto& model : options.experiment.models)
    model = locate_model(model.string(), options.flags.pull);
  return {run_experiment(options.experiment), options.experiment.input};
}

// Either path may have the label of both.
EncoderVectors encoder_vectors(const std::filesystem::path& images,
                               const std::filesystem::path& texts) {
  const LabeledSpec image = split_label(images.string()), text = split_label(texts.string());
  return {image.spec, text.spec, image.label.empty() ? text.label : image.label};
}

Measured measure_vectors(const Options& options) {
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
  VectorExperiment measured = run_vector_experiment(experiment);
  return {std::move(measured.result), std::move(measured.images)};
}

std::filesystem::path measurements_path(const Options& options) {
  return options.report.directory / "measurements.json";
}

// The commands that made a report.
std::string earlier_command(const std::filesystem::path& report) {
  constexpr int64_t kMost = int64_t{1} << 30;
  const std::filesystem::path file = report / "results.json";
  try {
    const nlohmann::json results = parse_json(read_text_file(file, kMost), file.string());
    return results.at("run").at("command").get<std::string>();
  } catch (const nlohmann::json::exception&) {
    return "true";  // made by a version that did not record it
  }
}

// Takes the settings that were not given from the report to which models are added.
void take_settings(Options& options, const ExperimentResult& report, const CLI::App& command) {
  const auto given = [&](const char* name) { return command.count(name) > 0; };
  ExperimentOptions& experiment = options.experiment;
  if (!given("--dataset") && options.image_vectors.empty())
    options.flags.datasets = {report.dataset};
  if (!given("--split")) experiment.input.dataset.splits = report.splits;
  if (!given("--top-k")) experiment.top_k = report.top_k;
  if (!given("--captions")) experiment.captions = report.caption_choice;
  if (!given("--query") && !given("--queries")) {
    for (const FreeQuery& query : report.models.at(0).queries)
      experiment.queries.push_back(query.text);
  }
  if (!given("--robustness") && !given("--noise")) experiment.noise = report.noise;
  StatisticsOptions& statistics = experiment.statistics;
  if (!given("--bootstrap")) statistics.resamples = report.statistics.resamples;
  if (!given("--confidence")) statistics.confidence = report.statistics.confidence;
  if (!given("--permutations")) statistics.permutations = report.statistics.permutations;
  if (!given("--seed")) statistics.seed = report.statistics.seed;
}

// Returns the result of the report to which models are added; nothing without --add.
std::optional<ExperimentResult> stored_result(Options& options, const CLI::App& command) {
  if (!options.add) return std::nullopt;
  const std::filesystem::path path = measurements_path(options);
  if (!std::filesystem::exists(file_status(path))) {
    throw Error(ErrorCode::not_found, "--add extends a report, but there is no '", path.string(),
                "'; evaluate without --add first");
  }
  ExperimentResult stored = read_measurements(path, options.experiment.input.encode.progress);
  if (stored.models.empty())
    throw Error(ErrorCode::invalid_data, "'", path.string(), "' holds no model");
  const bool of_vectors = stored.dataset_format == "vectors";
  if (of_vectors && options.image_vectors.empty()) {
    throw Error(ErrorCode::invalid_argument, "'", options.report.directory.string(),
                "' is a report of vectors: --add requires --image-vectors and --text-vectors");
  }
  if (options.experiment.models.empty() && options.image_vectors.empty())
    throw Error(ErrorCode::invalid_argument, "--add requires --model");
  if (std::filesystem::exists(file_status(options.report.directory / "ranks.jsonl")))
    options.report.ranks = true;
  take_settings(options, stored, command);
  require_same_settings(stored, options.experiment);
  return stored;
}

int run(Options& options, const CLI::App& command) {
  if (!options.trec.directory.empty()) {
    options.trec.depth = options.trec_depth == "all" ? 0 : std::stoll(options.trec_depth);
    options.experiment.trec = options.trec;
  }
  options.report.figures = !options.no_figures;
  // Before the long work.
  check_output_folder(options.report.directory);
  check_report_folder(options.report.directory);
  if (options.experiment.trec) check_output_folder(options.trec.directory);
  if (options.report.figures) require_gnuplot();
  const ProgressFn progress = console_progress(options.flags.as_json);
  options.experiment.input.encode.progress = progress;
  if (!options.queries.empty())
    std::ranges::move(read_queries(options.queries),
                      std::back_inserter(options.experiment.queries));
  complete_noise(options.experiment.noise, options.noise);
  options.experiment.captions =
      options.captions == "first" ? CaptionChoice::first : CaptionChoice::all;
  std::optional<ExperimentResult> stored = stored_result(options, command);
  auto [result, input] =
      options.image_vectors.empty() ? measure_models(options) : measure_vectors(options);
  if (stored) {
    for (const std::string& note : add_models(*stored, std::move(result), progress)) warn(note);
    result = std::move(*stored);
  }
  const std::string earlier = stored ? earlier_command(options.report.directory) + " && " : "";
  options.report.run = this_run(earlier + shell_command(process_arguments()));
  write_report_in(options.report, result, input, progress);
  for (const std::string& warning : result.warnings) warn(warning);
  if (const std::string fonts = missing_fonts_warning(result); !fonts.empty()) warn(fonts);
  if (options.flags.as_json) {
    std::fputs(results_json(result, *options.report.run).c_str(), stdout);
  } else {
    print_result(result, options);
  }
  if (result.skipped.empty()) return kDone;
  report_skipped(result.skipped);
  return kSkipped;
}

void add_vector_options(CLI::App& command, Options& options) {
  auto* images =
      command
          .add_option("--image-vectors", options.image_vectors,
                      "Vectors of images that any encoder made: a .npy file, a folder of "
                      "numbered ones, or clip-retrieval's folder; repeatable, to compare "
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
                        name == "--no-figures" || name == "--add";
    if (!shared) images->excludes(command.get_option(name));
  }
}

}  // namespace

void add_eval(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("eval", "Measure how well models retrieve images by their captions");
  add_evaluation_options(*command, options->experiment.input, options->flags);
  add_precisions_option(*command, options->experiment.precisions, true);
  command
      ->add_option("--model", options->experiment.models,
                   std::string(kModelHelp) + "; repeatable, to compare models")
      ->type_name("MODEL");
  command->add_option("--top-k", options->experiment.top_k, "K of the top-K score")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--captions", options->captions, "Captions to use per row: all or first")
      ->check(CLI::IsMember({"all", "first"}))
      ->capture_default_str();
  command
      ->add_option("--query", options->experiment.queries,
                   "Text query whose hits are shown in the report; repeatable")
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
  command->add_option("--out", options->report.directory, "Folder of the report")
      ->type_name("DIR")
      ->required();
  command->add_flag("--add", options->add,
                    "Add the models to the report in --out, without evaluating its models again; "
                    "settings that are not given are those of the report");
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
