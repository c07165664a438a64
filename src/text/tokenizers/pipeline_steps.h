// Reads the steps of a tokenizer.json that is a pipeline (pipeline_tokenizer.h).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "text/tokenizers/text_steps.h"

namespace sightline {

// Read the members "normalizer" and "pre_tokenizer" of `file`. Throw invalid_data; unsupported,
// naming the step, for one that is not implemented.
std::vector<Normalizer> read_normalizers(const nlohmann::json& file, const std::string& path);
std::vector<PreTokenizer> read_pre_tokenizers(const nlohmann::json& file, const std::string& path);

// The Lowercase step.
Normalizer lowercase_step();
// The cleaning of SigLIP's tokenizer: lower case, no ASCII punctuation, single spaces.
// Source: transformers models/siglip/tokenization_siglip.py, canonicalize_text
std::string canonicalize_siglip(const std::string& text);

}  // namespace sightline
