// Tuning: searches for the configuration that serves an objective best, with successive halving,
// and reports what it gains on data that had no part in the choice.
//
//   const auto plan = sightline::read_tuning_plan("plan.json");
//   const auto runner = sightline::retrieval_runner(plan, {});
//   const auto result = sightline::tune(plan, *runner, {.out = "build/tuning"});
//
// Definitions and rationale: docs/tuning.md, docs/decisions/0061-tuner.md.
#pragma once

#include <sightline/configuration.h>
#include <sightline/experiment.h>
#include <sightline/progress.h>
#include <sightline/rows.h>
#include <sightline/statistics.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

enum class ParameterType { choice, integer, real };

// One key of the configuration that varies.
struct TuningParameter {
  std::string name;
  ParameterType type = ParameterType::choice;
  std::vector<std::string> choices;  // JSON texts; type choice only
  double least = 0, most = 1;        // inclusive; types integer and real only
  bool logarithmic = false;          // equal ratios are equally likely
  // The parameter varies only where the parameter of this name has one of these values (JSON
  // texts); elsewhere it keeps its default. Empty: always.
  std::string when;
  std::vector<std::string> when_values;
};

// The gain of a query, by the rank of its relevant candidates.
//   recall           1 if one of the first K candidates is relevant
//   reciprocal_rank  1 / rank of the first relevant one
//   ndcg             nDCG of the first K, gain 1, discount 1 / log2(rank + 1)
enum class GainMetric { recall, reciprocal_rank, ndcg };

// The value to maximize: mean gain over queries - per_millisecond * ms - per_megabyte * MB
// - per_training_second * s. A configuration beyond a limit is never chosen.
struct TuningObjective {
  GainMetric metric = GainMetric::recall;
  int k = 1;
  bool caption_equivalent = false;  // relevant as metrics.h defines it; false: strict
  double per_millisecond = 0, per_megabyte = 0, per_training_second = 0;
  std::optional<double> most_milliseconds, most_megabytes, most_training_seconds;

  std::string name() const;  // "recall@1", "MRR", "nDCG@10"
  // Whether the choice depends on measured times, which differ from run to run.
  bool uses_times() const {
    return per_millisecond > 0 || per_training_second > 0 || most_milliseconds.has_value() ||
           most_training_seconds.has_value();
  }
};

// The data that choose and the data that report. Without `report`, a share of the images of
// `selection` is set aside for the report, by groups of near-duplicates.
struct TuningData {
  std::vector<DatasetInput> datasets;  // queries are ranked within their data set
  std::vector<std::string> selection;  // splits; empty: all
  std::vector<std::string> report;     // splits; empty: report_share of `selection`
  double report_share = 0.4;
  // Shares of the images of `selection`, for plans that train: rows that choose between trials, and
  // rows that choose within a training. The others are trained on. Absent: 0.25 and 0.15.
  std::optional<double> choice_share, validation_share;
};

enum class TuningMethod { successive_halving, hyperband, random };

struct TuningPlan {
  std::string text;  // the JSON text it was read from
  TuningData data;
  std::string defaults;  // JSON object: the configuration to compare with
  std::vector<TuningParameter> parameters;
  TuningObjective objective;
  TuningMethod method = TuningMethod::successive_halving;
  int trials = 32;            // configurations besides the default
  double sobol_share = 0.75;  // of the trials; the others are random
  double eta = 3;             // one in eta trials is continued
  double least_share = 0.1;   // of the selection data on which the first rung evaluates, at least
  double minutes = 0;         // 0: no limit
  int64_t images = 0;         // of the collection whose memory counts; 0: those of the data
  uint64_t seed = 1;
  StatisticsOptions statistics;
};

// Reads a plan (docs/formats/tuning_plan.md). Relative paths in it are kept. Throws invalid_data,
// naming the key, what was expected and what was found; not_found, io.
TuningPlan read_tuning_plan(const std::filesystem::path& path);
TuningPlan parse_tuning_plan(const std::string& text, const std::string& name);

// selection: the data on which configurations are compared. report: the data on which only the
// default and the winner are evaluated.
enum class TuningSide { selection, report };

struct TrialRequest {
  std::string configuration;  // JSON object
  int64_t trial = 0;
  TuningSide side = TuningSide::selection;
  double share = 1;  // of the rows of the side, above 0; a smaller share is part of a larger one
  std::filesystem::path folder;  // in which the runner may keep files between calls
  ProgressFn progress;
};

// Gains of the queries of a trial, summed over clusters (images with all their captions), and cost.
struct TrialScores {
  std::vector<double> gains;    // one element per cluster: sum over its queries
  std::vector<double> queries;  // number of its queries, at least 1
  double megabytes = 0;         // of model and vectors; 10^6 bytes
  double milliseconds = 0;      // median time of one query; measured
  double training_seconds = 0;  // measured; 0 for a trial that did not train
};

// Evaluates configurations: the interface between the tuner and what it tunes. The scores, without
// times, must depend only on configuration, side and share. Trials that train map the share to
// training rows, and keep their models in TrialRequest::folder.
class TrialRunner {
 public:
  virtual ~TrialRunner() = default;
  // Text that identifies data and models; a changed one makes earlier trials invalid.
  virtual std::string fingerprint() = 0;
  virtual int64_t rows(TuningSide side) = 0;  // of share 1
  // Throws invalid_argument or invalid_data if the configuration cannot be evaluated.
  virtual void check(const std::string& configuration) const = 0;
  // Trials with equal keys share costly work and are run one after the other.
  virtual std::string work_key(const std::string& configuration) const {
    (void)configuration;
    return "";
  }
  // Throws Error; the trial then counts as failed, except for `cancelled`, which ends the tuning.
  virtual TrialScores run(const TrialRequest& request) = 0;
  // A trial of share 1 that can no longer win, or that was only repeated: its files can go.
  virtual void discard(const TrialRequest& request) { (void)request; }
  // Returns the configuration to use for a trial of share 1, which `index`, `search` and `eval`
  // accept: for a trial that trained a model, the configuration with that model, whose files are
  // then in `request.folder`. Called once, at the end.
  virtual std::string usable_configuration(const TrialRequest& request) {
    return request.configuration;
  }
  // Facts on the data for the report, such as the numbers of images and groups; a JSON object.
  virtual std::string data_summary() { return "{}"; }
};

struct RunnerOptions {
  ModelOptions model;            // backend, device; configurations override the other members
  EncodeOptions encode;          // batch_size and progress
  std::filesystem::path folder;  // for vectors, which later runs reuse; empty: none are kept
  // Returns the path of a model of a configuration, such as of a name on the Hub; may be empty.
  std::function<std::string(const std::string&)> locate_model;
};

// Evaluates retrieval without training: configurations are those of configuration.h. Reads the data
// sets once at the start, keeping captions, never images. Throws what RowReader and Model::load
// throw; invalid_data for data without captions or whose split leaves one side empty.
std::unique_ptr<TrialRunner> retrieval_runner(const TuningPlan& plan, const RunnerOptions& options);

enum class TrialOrigin { defaults, sobol, random };
std::string_view trial_origin_name(TrialOrigin origin);

// One evaluation of a trial.
struct TrialEvaluation {
  double share = 1;
  std::string error;   // why it failed; then there are no other figures
  double quality = 0;  // mean gain over queries
  double score = 0;    // the objective; -infinity beyond a limit
  int64_t queries = 0, clusters = 0;
  double megabytes = 0;
  // Measured: of one query, of the evaluation, of its training.
  double milliseconds = 0, seconds = 0, training_seconds = 0;
};

struct Trial {
  int64_t number = 0;  // 0: the default
  TrialOrigin origin = TrialOrigin::defaults;
  int bracket = 0;
  std::string configuration;                 // JSON object with sorted keys
  std::vector<double> coordinates;           // per parameter, of its value: 0..1
  std::vector<TrialEvaluation> evaluations;  // on the selection data, by share
};

// Share of the variance of the quality that a parameter explains on its own.
struct ParameterImportance {
  std::string parameter;
  double share = 0;  // mean over the trees; 0..1
  double deviation = 0;
};

struct ValueWithInterval {
  double value = 0;
  std::optional<Interval> interval;
};

struct TuningResult {
  TuningPlan plan;
  std::string fingerprint;   // TrialRunner::fingerprint()
  std::string data_summary;  // TrialRunner::data_summary()
  std::vector<Trial> trials;
  int64_t winner = 0;           // number of a trial
  std::string best;             // TrialRunner::usable_configuration() of the winner
  bool out_of_time = false;     // the limit of minutes ended the search
  std::vector<int64_t> pareto;  // trials that no other one of share 1 beats in quality and memory

  // Quality on the selection data, which chose: the winner's is biased upward.
  double selection_default = 0, selection_winner = 0;
  // The same, corrected for the choice among all trials of share 1 (BBC): the mean over bootstrap
  // samples of the quality, on the clusters that were not drawn, of the trial that is best on the
  // drawn ones.
  std::optional<double> selection_corrected;

  // Quality on the report data, which had no part in the choice.
  ValueWithInterval report_default, report_winner;
  ValueWithInterval report_gain;   // paired difference
  std::optional<double> report_p;  // two-sided sign-flip test of the gain
  int64_t report_queries = 0, report_clusters = 0;

  std::vector<ParameterImportance> importance;  // largest first; empty with too few trials
  double importance_share = 0;                  // of the evaluations that it was computed from
  std::vector<std::string> warnings;

  // "better", "worse" or "no difference shown", by report_gain's interval; "default" if the default
  // won.
  std::string verdict() const;
};

struct TuneOptions {
  // Files of the run (docs/tuning.md): plan.json, trials.jsonl, timings.jsonl, gains/,
  // results.json, best.json. A run in a folder that has those of the same plan continues it.
  std::filesystem::path out;
  bool fresh = false;  // removes the files of an earlier run instead of continuing it
  // timings.jsonl of another run of the same plan, whose times are used instead of measuring. A
  // plan whose objective uses times then gives the same result.
  std::filesystem::path timings = {};
  ProgressFn progress = {};  // counts rows of all evaluations
};

// Runs the plan. Throws invalid_argument if options.out has another plan's run or `runner` rejects
// a value of a parameter; io; what the runner throws for the default; Error (cancelled) from
// `progress`, after which another call continues.
TuningResult tune(const TuningPlan& plan, TrialRunner& runner, const TuneOptions& options);

// A trial that was evaluated again.
struct RepeatedTrial {
  double share = 1;
  double recorded = 0, repeated = 0;  // quality on the selection data
};

// Evaluates a trial again from its last line in `out`/trials.jsonl. Throws not_found if there is no
// such trial; invalid_data if it failed then; what TrialRunner::run and TuneOptions::out throw.
RepeatedTrial repeat_last_evaluation(const TuningPlan& plan, TrialRunner& runner,
                                     const std::filesystem::path& out, int64_t trial);

// Returns the result as JSON text (docs/formats/json.md), the same for every run of the plan. Times
// are only in timings.jsonl.
std::string tuning_json(const TuningResult& result);

// Returns the configurations of all trials in order, without evaluating them.
std::vector<Trial> propose_trials(const TuningPlan& plan);

}  // namespace sightline
