// Runs of fine-tuning on the tiny data set of runs.h.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "train/runs.h"

namespace sightline::testing {

// With the data set in it; shared by the tests of a program.
const TemporaryFolder& folder();

// A shipped model, "emoji-…", or one of recipe_for after two epochs.
std::filesystem::path start_model(const std::string& kind);
// The same with weights in fp32. Only for one model.safetensors.
std::filesystem::path in_fp32(const std::string& kind);

nlohmann::json fine_tune_recipe(const std::filesystem::path& from, const std::string& method);

// The names of the tensors whose bytes differ; types and shapes are expected to be equal.
std::vector<std::string> changed_tensors(const std::filesystem::path& before,
                                         const std::filesystem::path& after);

// Of the steps of an epoch, from 1.
double mean_loss(const TrainingRun& run, int epoch);

double cosine(std::span<const float> a, std::span<const float> b);

}  // namespace sightline::testing
