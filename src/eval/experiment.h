// run_experiment with any source of encoders, which lets tests run it without a model.
#pragma once

#include <sightline/experiment.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "encode/dual_encoder.h"

namespace sightline {

struct LoadedEncoder {
  std::unique_ptr<DualEncoder> encoder;
  std::string precision_choice;  // PrecisionChoice::text() where the precision was chosen
};

// Loads a model in a precision; an empty one is chosen by the first of `rows`.
using EncoderLoader = std::function<LoadedEncoder(
    const std::filesystem::path& model, std::optional<Precision> precision, RowReader& rows)>;

// Loads models as `input` says, which must outlive the loader, and chooses precisions on the data.
EncoderLoader model_loader(const EvaluationInput& input);

// Each model in each precision, model by model: the order of ExperimentResult::models.
std::vector<std::pair<std::filesystem::path, std::optional<Precision>>> model_runs(
    const ExperimentOptions& options);

// Throws the error of a data set none of whose rows has both an image and a caption: not_found,
// invalid_data. The result has the rows with an image, and the skipped ones.
[[noreturn]] void throw_no_caption(const ExperimentResult& result);

ExperimentResult run_experiment_with(const ExperimentOptions& options, const EncoderLoader& load);

}  // namespace sightline
