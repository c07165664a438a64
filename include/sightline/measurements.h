// Measurements of an experiment, stored so that further models can be compared with them later.
//
//   sightline::ExperimentResult result = sightline::read_measurements("report/measurements.json");
//   sightline::add_models(result, sightline::run_experiment(options_of_the_new_model));
#pragma once

#include <sightline/experiment.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Returns rows, captions and everything that was measured of each model, as JSON text
// (docs/formats/measurements.md). Numbers are written so that they are read back exactly.
std::string measurements_json(const ExperimentResult& result);

// Reads what measurements_json wrote. Metrics, intervals and comparisons are computed again from
// ranks, which takes about a second for 10,000 captions. Throws not_found, invalid_data (another
// file, or an index out of range), io.
ExperimentResult read_measurements(const std::filesystem::path& path,
                                   const ProgressFn& progress = {});

// Throws invalid_argument, naming the setting, if an experiment with these options could not be
// added to `stored`. Call it before a long experiment.
void require_same_settings(const ExperimentResult& stored, const ExperimentOptions& options);

// Adds the models of `more` to `result` and compares all models. A model that `result` has already,
// in the same computation and with the same preprocessing, is replaced; its label too, if the new
// one is not just the model's name. Both must have measured the same rows and captions with the
// same settings; skipped rows and warnings are those of both, the data set's path is that of
// `result`. Returns one sentence for each model that was replaced or renamed. Throws
// invalid_argument, naming the setting or row that differs.
std::vector<std::string> add_models(ExperimentResult& result, ExperimentResult more,
                                    const ProgressFn& progress = {});

}  // namespace sightline
