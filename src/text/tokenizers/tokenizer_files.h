// Reading and validation of the tokenizer files of CLIP and BERT models.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/tokenizers/clip_tokenizer.h"
#include "text/tokenizers/wordpiece.h"

namespace sightline {

// CLIP's special tokens.
inline constexpr std::string_view kStartToken = "<|startoftext|>";
inline constexpr std::string_view kEndToken = "<|endoftext|>";

using MergeList = std::vector<std::pair<std::string, std::string>>;

// Limits on input from files, far above those of known models.
inline constexpr int64_t kMaxTokenizerFileBytes = 64LL << 20;
inline constexpr size_t kMaxVocabulary = 1 << 20;

// Parses a JSON file. Errors name `path`. Throws not_found, invalid_data, limit_exceeded (file
// larger than kMaxTokenizerFileBytes).
nlohmann::json read_json_file(const std::filesystem::path& path);

// Converts an object {token: id} to a list indexed by id. The n ids must be 0 to n-1, each once.
// `where` names the object in errors. Throws invalid_data, limit_exceeded.
std::vector<std::string> tokens_by_id(const nlohmann::json& vocab, const std::string& where);

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
struct VocabAndMerges;
TokenizerJson parse_tokenizer_json(const nlohmann::json& file, VocabAndMerges lists,
                                   const std::string& path);

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

// Returns whether the model of a tokenizer.json is WordPiece; false if `file` is anything else.
bool is_wordpiece(const nlohmann::json& file);

// Create a WordPiece tokenizer from tokenizer.json or from vocab.txt (one token per line). `config`
// is tokenizer_config.json, or null. Its settings for lower case, accents, Chinese characters and
// special tokens take precedence over tokenizer.json, as in transformers. Throw invalid_data,
// limit_exceeded; unsupported for a step that is not BERT's.
std::unique_ptr<Tokenizer> wordpiece_from_json(const nlohmann::json& file, const std::string& path,
                                               const nlohmann::json& config, int context_length);
std::unique_ptr<Tokenizer> wordpiece_from_vocab(const std::filesystem::path& vocab,
                                                const nlohmann::json& config, int context_length);

// Parses merges.txt: an optional "#version" line, then one pair of tokens per line. Errors name
// `path`. Throws invalid_data, limit_exceeded.
MergeList read_merges(const std::string& text, const std::string& path);

}  // namespace sightline
