// The experiment with any source of encoders, so that tests can run it without a model.
#pragma once

#include <sightline/experiment.h>

#include <functional>
#include <memory>

#include "eval/dual_encoder.h"

namespace sightline {

// Loads a model in a precision; an empty one is chosen by data.
using EncoderLoader = std::function<std::unique_ptr<DualEncoder>(
    const std::filesystem::path& model, std::optional<Precision> precision)>;

ExperimentResult run_experiment_with(const ExperimentOptions& options, const EncoderLoader& load);
QueryResult run_queries_with(const QueryOptions& options, const EncoderLoader& load);

}  // namespace sightline
