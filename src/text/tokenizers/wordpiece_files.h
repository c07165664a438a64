// Loads WordPiece tokenizers from the files of BERT models.
#pragma once

#include <sightline/tokenizer.h>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace sightline {

// Returns whether the model of a tokenizer.json is WordPiece; false if `file` is anything else.
bool is_wordpiece(const nlohmann::json& file);

// Create a WordPiece tokenizer from tokenizer.json or from vocab.txt (one token per line). `config`
// is tokenizer_config.json, or null. Its settings for lower case, accents, Chinese characters and
// special tokens take precedence over tokenizer.json, as in transformers. `lowercase`: as in
// TokenizerRequest. Throw invalid_data, limit_exceeded; unsupported for a step that is not BERT's.
std::unique_ptr<Tokenizer> wordpiece_from_json(const nlohmann::json& file, const std::string& path,
                                               const nlohmann::json& config, int context_length,
                                               bool lowercase = false);
std::unique_ptr<Tokenizer> wordpiece_from_vocab(const std::filesystem::path& vocab,
                                                const nlohmann::json& config, int context_length,
                                                bool lowercase = false);

}  // namespace sightline
