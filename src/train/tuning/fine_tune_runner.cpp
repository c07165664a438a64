#include <sightline/error.h>
#include <sightline/fine_tune_runner.h>

#include <algorithm>

#include "base/text.h"
#include "train/tuning/training_parts.h"
#include "train/tuning/trial_models.h"
#include "train/tuning/trial_settings.h"
#include "tune/trial_data.h"
#include "tune/trial_measurement.h"

namespace sightline {
namespace {

// Training reads images by the data set's path alone.
void check_dataset(const TuningData& data) {
  const DatasetInput& input = data.datasets.front();
  const DatasetOptions plain, &given = input.options;
  if (data.datasets.size() == 1 && given.image_column == plain.image_column &&
      given.text_columns == plain.text_columns && given.format == plain.format &&
      given.image_root == plain.image_root && given.max_captions == plain.max_captions)
    return;
  throw Error(ErrorCode::invalid_argument, "a plan that varies fine-tuning has ",
              data.datasets.size() == 1 ? "a data set with options for reading"
                                        : message(data.datasets.size(), " data sets"),
              ", expected the path of one data set");
}

std::vector<Configuration> configurations_of(const TuningPlan& plan) {
  check_objective(plan.objective);
  check_dataset(plan.data);
  std::vector<Configuration> out;
  bool trains = false;
  for (const Trial& trial : propose_trials(plan)) {
    TrialSettings settings = parse_trial_settings(trial.configuration);
    trains = trains || settings.training;
    out.push_back(std::move(settings.retrieval));
  }
  if (!trains) {
    throw Error(ErrorCode::invalid_argument,
                "no configuration of the plan trains, although it has keys of fine-tuning: "
                "expected a 'method' other than none");
  }
  return out;
}

class FineTuneRunner : public TrialRunner {
 public:
  FineTuneRunner(const TuningPlan& plan, const RunnerOptions& options)
      : plan_(plan),
        options_(options),
        data_(plan, options, configurations_of(plan)),
        parts_(data_, plan.data),
        choice_{"choice", parts_.division().choice},
        report_{"report", data_.split().report} {}

  std::string fingerprint() override { return data_.fingerprint(); }

  int64_t rows(TuningSide side) override {
    const TuningSplit& split = data_.split();
    return std::ssize(side == TuningSide::report ? split.report : split.selection);
  }

  void check(const std::string& configuration) const override {
    parse_trial_settings(configuration);
  }

  std::string work_key(const std::string& configuration) const override {
    const TrialSettings settings = parse_trial_settings(configuration);
    return settings.training_key + data_.work_key(settings.retrieval);
  }

  TrialScores run(const TrialRequest& request) override {
    TrialSettings settings = parse_trial_settings(request.configuration);
    TrialModels& models = models_in(request.folder);
    TrainedModel trained;
    if (settings.training) {
      trained = models.obtain(training_of(settings, request), trainer(settings, request));
      data_.use_trained_model(trained.path);
      settings.retrieval.model = trained.path;
    }
    const RowPart& part = request.side == TuningSide::report ? report_ : choice_;
    TrialScores scores =
        measure_trial(data_, plan_, settings.retrieval, {&part, 1}, within(request.progress));
    scores.training_seconds = trained.seconds;
    return scores;
  }

  void discard(const TrialRequest& request) override {
    const TrialSettings settings = parse_trial_settings(request.configuration);
    if (settings.training) models_in(request.folder).discard(training_of(settings, request));
  }

  std::string usable_configuration(const TrialRequest& request) override {
    const TrialSettings settings = parse_trial_settings(request.configuration);
    std::optional<TrialTraining> training;
    if (settings.training) training = training_of(settings, request);
    const std::string model =
        models_in(request.folder).publish(training, trainer(settings, request));
    return with_model(request.configuration, training ? model : settings.retrieval.model);
  }

  std::string data_summary() override {
    const SelectionDivision& division = parts_.division();
    Json summary = data_.summary();
    summary["training_images"] = division.training.size();
    summary["validation_images"] = division.validation.size();
    summary["choice_images"] = division.choice.size();
    summary["left_out_of_training"] = division.left_out;
    return json_text(summary);
  }

 private:
  TrialModels& models_in(const std::filesystem::path& folder) {
    if (!models_ || folder_ != folder) models_.emplace(folder);
    folder_ = folder;
    return *models_;
  }

  static TrialTraining training_of(const TrialSettings& settings, const TrialRequest& request) {
    return {settings.training_key, request.share, settings.training->method, request.trial};
  }

  // Only training counts as progress of a trial.
  static ProgressFn within(const ProgressFn& progress) {
    if (!progress) return {};
    return [progress](const ProgressUpdate& update) {
      const bool training = update.stage.starts_with("training");
      progress({update.stage, update.done, training ? update.total : -1, update.note, ""});
    };
  }

  TrialModels::Train trainer(const TrialSettings& settings, const TrialRequest& request) {
    return [this, settings, request](const std::filesystem::path& folder) {
      const std::string& start = settings.retrieval.model;
      const ProgressFn progress = within(request.progress);
      FineTuneOptions options;
      options.model = data_.located(start);
      options.dataset = plan_.data.datasets.front().path;
      options.settings = *settings.training;
      options.out = folder;
      options.device = options_.model.device;
      return fine_tune_parts(options, parts_.parts_of(request.share, start, progress), progress)
          .seconds;
    };
  }

  TuningPlan plan_;
  RunnerOptions options_;
  TrialData data_;
  TrainingParts parts_;
  RowPart choice_, report_;
  std::filesystem::path folder_;
  std::optional<TrialModels> models_;
};

}  // namespace

std::unique_ptr<TrialRunner> fine_tune_runner(const TuningPlan& plan,
                                              const RunnerOptions& options) {
  return std::make_unique<FineTuneRunner>(plan, options);
}

}  // namespace sightline
