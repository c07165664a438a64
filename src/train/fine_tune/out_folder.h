// The output folder of fine-tuning.
#pragma once

#include <filesystem>

namespace sightline {

inline constexpr const char* kSplitsFile = "splits.jsonl";
inline constexpr const char* kRecipeFile = "fine_tune_recipe.json";
inline constexpr const char* kResultFile = "fine_tune.json";
inline constexpr const char* kLockFile = "fine_tune.lock";
inline constexpr const char* kTrainingFolder = "training";

// Creates the folder and marks it as one of fine-tuning by an empty splits.jsonl. Throws
// invalid_argument if the model is in it, or if it has files that no fine-tuning wrote; io.
void prepare_out_folder(const std::filesystem::path& out, const std::filesystem::path& model);

}  // namespace sightline
