// Trials of the tuner that fine-tune a model.
//
//   const auto plan = sightline::read_tuning_plan("plan.json");
//   const auto runner = sightline::plan_trains(plan) ? sightline::fine_tune_runner(plan, {})
//                                                    : sightline::retrieval_runner(plan, {});
#pragma once

#include <sightline/tune.h>

#include <memory>

namespace sightline {

// Whether the plan sets or varies a key of fine-tuning, such as "method"
// (docs/formats/tuning_plan.md).
bool plan_trains(const TuningPlan& plan);

// Evaluates models that are fine-tuned with the keys of fine-tuning, by retrieval with the other
// keys of the configuration. The images of the selection data are divided, by near-duplicates, into
// those for training, for validation, which choose within a training, and for the choice between
// trials. The share of a trial is that of the images for training; all trials are evaluated on the
// same images. A trial that was interrupted resumes after its last finished epoch.
// Trains on options.model.device. Reads the data sets as retrieval_runner does, and throws what it
// throws; also invalid_argument for more than one data set, or one with options for reading.
std::unique_ptr<TrialRunner> fine_tune_runner(const TuningPlan& plan, const RunnerOptions& options);

}  // namespace sightline
