// Figures that others published for checkpoints which everybody can download.
#pragma once

#include <sightline/model.h>
#include <sightline/verify.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// The Hub's name in a path into its cache (".../models--openai--clip-vit-base-patch32/..."), or "".
std::string repo_id_of_cache_path(const std::filesystem::path& path);

// Whether any figure is known of that checkpoint, and the names of which there are some.
bool has_published_values(const std::string& name);
std::string models_with_published_values();

// One stage a figure; no stage where nothing is published for that name.
//   spec: what `model` was loaded from   images: the folder with CLIP.png and franz-kafka.jpg, or
//   empty
std::vector<VerifyStage> published_stages(const Model& model, const std::string& spec,
                                          const std::string& name, const VerifyOptions& options);

// Hidden states of a BERT, (T, C), for ids whose first one no other sees (a mask of 0, 1, 1, …):
// row t for ids[t + 1]. Throws what opening the model throws.
Matrix masked_hidden_states(const std::string& spec, const std::vector<int32_t>& ids,
                            const ModelOptions& options);

}  // namespace sightline
