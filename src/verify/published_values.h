// Values that others published for public checkpoints.
#pragma once

#include <sightline/model.h>
#include <sightline/verify.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Returns the repository id of a path in the Hub cache: "openai/clip-vit-base-patch32" for
// ".../models--openai--clip-vit-base-patch32/...". Empty for other paths.
std::string repo_id_of_cache_path(const std::filesystem::path& path);

// Whether there are published values for this repository id.
bool has_published_values(const std::string& repo_id);
// The repository ids with published values, separated by ", ".
std::string models_with_published_values();

// Compares the model with the values published for `repo_id`, one stage per set of values. Returns
// no stage if nothing is published for it.
//   spec             what `model` was loaded from
//   options.images   folder with CLIP.png and franz-kafka.jpg; empty: skips the stages that need
//   them
std::vector<VerifyStage> published_stages(const Model& model, const std::string& spec,
                                          const std::string& repo_id, const VerifyOptions& options);

// Returns the hidden states of a BERT with attention mask 0, 1, 1, ...: no token attends to ids[0].
// Row t of the result (T - 1, C) belongs to ids[t + 1]. Throws what opening the model throws.
Matrix masked_hidden_states(const std::string& spec, const std::vector<int32_t>& ids,
                            const ModelOptions& options);

}  // namespace sightline
