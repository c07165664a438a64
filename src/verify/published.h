// Figures that others published for checkpoints which everybody can download.
#pragma once

#include <sightline/model.h>
#include <sightline/verify.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// The Hub's name in a path into its cache (".../models--openai--clip-vit-base-patch32/..."), or "".
std::string hub_name_of(const std::filesystem::path& path);

// One stage a figure; no stage where nothing is published for that name.
//   pictures: the folder with CLIP.png and franz-kafka.jpg, or empty
std::vector<VerifyStage> published_stages(const Model& model, const std::string& name,
                                          const std::filesystem::path& pictures);

}  // namespace sightline
