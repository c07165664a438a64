// The parameters that low-rank adaptation and learned prompts add to published towers, and their
// files.
#pragma once

#include <cstdint>
#include <filesystem>

#include "backend/torch/torch_ops.h"
#include "train/fine_tune/published_towers.h"
#include "train/recipe.h"

namespace sightline {

// Throws what plan_low_rank throws.
void add_low_rank(TorchOps& ops, const LowRankSettings& settings, const ParameterPlaces& places,
                  uint64_t seed);
// Throws unsupported where the text tower has no room for the prompt.
void add_prompt(TorchOps& ops, const PublishedModel& model, PublishedTowers& towers, uint64_t seed);

// The vectors, which are no part of any layout of models. Throws io.
void export_prompt(const TorchOps& ops, const PublishedModel& model,
                   const std::filesystem::path& folder);
// The additions that the written weights have, for the start, as PEFT's adapter. Throws io.
void export_low_rank(const TorchOps& ops, const PublishedModel& model,
                     const std::filesystem::path& folder);

}  // namespace sightline
