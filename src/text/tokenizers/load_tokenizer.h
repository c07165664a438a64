// Readers for the JSON files and merges.txt of a tokenizer.
#pragma once

#include <sightline/tokenizer.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "text/tokenizers/tokenizer_files.h"

namespace sightline {

// Options of a tokenizer that are not in its files.
struct TokenizerRequest {
  const TokenizerProfile* profile = nullptr;  // overrides the files' profile
  int context_length = 0;                     // 0: the default, 77 for CLIP and 512 for BERT
  // Converts texts to lower case first, whatever the files of a WordPiece tokenizer say, but does
  // not strip accents because of it: do_lower_case of sentence-transformers.
  bool lowercase = false;
};

// Loads the tokenizer of a directory (tokenizer.h lists the files), of a tokenizer.json, of a
// vocab.txt or of a SentencePiece model. tokenizer_config.json is read from the same directory.
// Throw what load_tokenizer throws.
std::unique_ptr<Tokenizer> load_directory_tokenizer(const std::filesystem::path& directory,
                                                    const TokenizerRequest& request);
std::unique_ptr<Tokenizer> load_tokenizer_json(const std::filesystem::path& path,
                                               const TokenizerRequest& request);
std::unique_ptr<Tokenizer> load_vocab_txt(const std::filesystem::path& path,
                                          const TokenizerRequest& request);
std::unique_ptr<Tokenizer> load_sentencepiece_model(const std::filesystem::path& path,
                                                    const TokenizerRequest& request);

// Makes CLIP's tokenizer (profile hf) of its vocabulary, by id, and merges in rank order. Errors
// name `where`. Throws invalid_data, and invalid_argument for a context_length below 3.
std::unique_ptr<Tokenizer> make_clip_tokenizer(std::vector<std::string> tokens,
                                               const MergeList& merges, int context_length,
                                               const std::string& where);

// Splits "left right" of a list of merges. Errors name `where`. Throws invalid_data.
std::pair<std::string, std::string> split_merge(const std::string& line, const std::string& where);

// Parses a JSON file. Errors name `path`. Throws not_found, invalid_data, limit_exceeded (file
// larger than kMaxTokenizerFileBytes).
nlohmann::json read_json_file(const std::filesystem::path& path);

// Parses merges.txt: an optional "#version" line, then one pair of tokens per line. Errors name
// `path`. Throws invalid_data, limit_exceeded.
MergeList read_merges(const std::string& text, const std::string& path);

}  // namespace sightline
