// Learned prompts: vectors (M, C) that follow the start token of every text, in front of its words
// (CoOp). They become further rows of the text tower's table of tokens, whose ids the tokenizer
// inserts, so that every backend takes them.
// Source: Zhou et al. 2022; KaiyangZhou/CoOp trainers/coop.py (PromptLearner, position "end").
#pragma once

#include <filesystem>
#include <string>

#include "models/model_source.h"

namespace sightline {

inline constexpr const char* kPromptFile = "prompt_vectors.safetensors";
inline constexpr const char* kPromptTensor = "prompt";
inline constexpr const char* kPromptConfigFile = "prompt_config.json";  // may be missing

// Adds the directory's prompt to the model. Texts have M ids less for their words. Throws
// invalid_data (no such tensor; vectors of another width are found when the tower is built),
// unsupported (no text tower).
void add_prompt(const std::filesystem::path& directory, ModelSource& source);

// The model that the directory's prompt was learned for, a path or a name; empty if no file says
// it. Throws invalid_data.
std::string prompt_base(const std::filesystem::path& directory);

// Writes prompt_config.json, which names that model. Throws io.
void write_prompt_config(const std::filesystem::path& directory, const std::string& base_model);

}  // namespace sightline
