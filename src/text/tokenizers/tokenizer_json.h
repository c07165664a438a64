// Parses and validates tokenizer.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "text/cleaning/clean_hf.h"
#include "text/tokenizers/tokenizer_files.h"
#include "text/tokenizers/vocab_and_merges.h"

namespace sightline {

// Contents of a tokenizer.json with byte-pair encoding.
struct TokenizerJson {
  std::vector<std::string> tokens;
  MergeList merges;
  std::vector<NormalizerStep> steps;
  std::string start_token, end_token;
};

// Throws invalid_data, limit_exceeded; unsupported, naming the step, for a step that is not CLIP's.
TokenizerJson parse_tokenizer_json(const nlohmann::json& file, const std::string& path);

// The same with vocabulary and merges already read (vocab_and_merges.h) and empty in `file`.
TokenizerJson parse_tokenizer_json(const nlohmann::json& file, VocabAndMerges lists,
                                   const std::string& path);

// Converts an object {token: id} to a list indexed by id. The n ids must be 0 to n-1, each once.
// `where` names the object in errors. Throws invalid_data, limit_exceeded.
std::vector<std::string> tokens_by_id(const nlohmann::json& vocab, const std::string& where);

// Reads model.merges. Throws invalid_data, limit_exceeded.
MergeList merges_of(const nlohmann::json& merges, const std::string& path);

// Reads the start and end token from post_processor; leaves them unchanged if there is none. Throws
// invalid_data; unsupported for an unknown step.
void read_post_processor(const nlohmann::json& file, const std::string& path,
                         std::string& start_token, std::string& end_token);

// Appends to `tokens` those of added_tokens that the model's vocabulary lacks, and returns all of
// added_tokens. Only special tokens are supported, which text never produces. Other added tokens
// would have to be matched before any other step, which CLIP and BERT do not need. Throws
// invalid_data; unsupported for a token that is not special.
std::vector<std::string> add_tokens(const nlohmann::json& file, const std::string& path,
                                    std::vector<std::string>& tokens);

}  // namespace sightline
