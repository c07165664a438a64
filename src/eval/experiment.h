// The experiment with any source of encoders, so that tests can run it without a model.
#pragma once

#include <sightline/experiment.h>

#include <functional>
#include <memory>

#include "eval/dual_encoder.h"

namespace sightline {

// Of a model, in a precision ("auto" among them).
using EncoderLoader = std::function<std::unique_ptr<DualEncoder>(const std::filesystem::path&,
                                                                 const std::string& precision)>;

ExperimentResult run_experiment_with(const ExperimentOptions& options, const EncoderLoader& load);
QueryResult run_queries_with(const QueryOptions& options, const EncoderLoader& load);

}  // namespace sightline
