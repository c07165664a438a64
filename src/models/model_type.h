// The model type in config.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sightline {

// model_type of the directory's config.json as JSON text ("\"clip\""), truncated where it is long;
// "none" where the file has no such key; nothing where there is no such file. Throws invalid_data
// where the file is not a JSON object, io, limit_exceeded.
std::optional<std::string> model_type(const std::filesystem::path& directory);

// Whether the directory's config.json is one of timm's: it has an "architecture" and no model_type.
// Throws what model_type throws.
bool is_timm_config(const std::filesystem::path& directory);

}  // namespace sightline
