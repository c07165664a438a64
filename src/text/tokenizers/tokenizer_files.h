// The files of a Hugging Face tokenizer, CLIP's or BERT's, taken apart and checked.
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

// A larger vocabulary or file than any CLIP-like model has is refused before it costs memory.
inline constexpr int64_t kMaxTokenizerFileBytes = 64LL << 20;
inline constexpr size_t kMaxVocabulary = 1 << 20;

// Parses JSON; errors name `path`. Throws not_found, invalid_data, and
// limit_exceeded (a larger file).
nlohmann::json read_json_file(const std::filesystem::path& path);

// The list of tokens by id from an object {token: id}; ids must be 0 … n-1, each once.
// `where` names the object in errors.
std::vector<std::string> tokens_by_id(const nlohmann::json& vocab, const std::string& where);

// tokenizer.json's steps. Throws unsupported, naming the step, for a step that is not CLIP's.
struct TokenizerJson {
  std::vector<std::string> tokens;
  MergeList merges;
  std::vector<NormalizerStep> steps;
  std::string start_token, end_token;
};
TokenizerJson parse_tokenizer_json(const nlohmann::json& file, const std::string& path);
// Where the two lists were read already (token_lists.h), and `file` has none in their places.
struct TokenLists;
TokenizerJson parse_tokenizer_json(const nlohmann::json& file, TokenLists lists,
                                   const std::string& path);

// Parts of tokenizer.json that both kinds have. The start and end token of its post_processor are
// left as they are where it has none. add_tokens appends those beside the model's vocabulary, and
// returns the text of all.
void read_post_processor(const nlohmann::json& file, const std::string& path,
                         std::string& start_token, std::string& end_token);
std::vector<std::string> add_tokens(const nlohmann::json& file, const std::string& path,
                                    std::vector<std::string>& tokens);

// Whether tokenizer.json's model is WordPiece; false for what is no such file.
bool is_wordpiece(const nlohmann::json& file);

// A WordPiece tokenizer from tokenizer.json, or from vocab.txt (one token a line). What
// tokenizer_config.json (null: there is none) says of lower case, accents, Chinese characters and
// special tokens counts before what tokenizer.json says, as in transformers.
std::unique_ptr<Tokenizer> wordpiece_from_json(const nlohmann::json& file, const std::string& path,
                                               const nlohmann::json& config, int context_length);
std::unique_ptr<Tokenizer> wordpiece_from_vocab(const std::filesystem::path& vocab,
                                                const nlohmann::json& config, int context_length);

// merges.txt: an optional "#version" line, then one pair a line.
MergeList read_merges(const std::string& text, const std::string& path);

}  // namespace sightline
