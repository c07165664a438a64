// Tokenizer training: CLIP's byte-pair encoding and BERT's WordPiece.
#pragma once

#include <sightline/tokenizer.h>

#include <filesystem>
#include <span>
#include <string>

namespace sightline {

struct BpeTrainerOptions {
  int vocab_size = 4096;  // including 512 byte symbols and 2 special tokens
  int min_frequency = 2;  // pairs that occur less often are not merged
  TokenizerProfile profile = TokenizerProfile::hf;
  int context_length = 77;  // written as model_max_length, which transformers reads
};

// Trains byte-pair encoding: merges the most frequent adjacent pair of symbols (ties: smaller ids
// first) until there are vocab_size tokens. The vocabulary is smaller if no remaining pair occurs
// min_frequency times. The start and end tokens are the last two ids. Deterministic.
// Writes vocab.json, merges.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json
// to `directory` (created if missing), as read by load_tokenizer and by transformers'
// CLIPTokenizerFast. Throws invalid_argument (vocab_size below 514 or above 2^20, min_frequency
// below 1, context_length below 3, profile wordpiece), io.
void train_bpe(std::span<const std::string> texts, const BpeTrainerOptions& options,
               const std::filesystem::path& directory);

struct WordPieceTrainerOptions {
  int vocab_size = 4096;      // including 5 special tokens and single characters
  int min_frequency = 2;      // pairs that occur less often are not merged
  int max_characters = 1000;  // size of the alphabet: the most frequent characters
  bool lowercase = true;      // uncased: lower case, accents stripped
  int context_length = 512;   // written as model_max_length, which transformers reads
};

// Trains a WordPiece vocabulary. Ids 0 to 4 are [PAD] [UNK] [CLS] [SEP] [MASK]. The characters of
// the alphabet follow, each as the first piece of a word ("e") and as a continuation ("##e"; only
// for characters that occur in words of several characters), then the pieces made by merging the
// most frequent adjacent pair (ties: smaller ids first). Words with other characters become [UNK].
// Deterministic.
// Writes vocab.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json to
// `directory` (created if missing), as read by load_tokenizer and by transformers'
// BertTokenizerFast. Throws invalid_argument (vocab_size below 6, above 2^20 or too small for the
// alphabet; min_frequency or max_characters below 1; context_length below 3), io.
void train_wordpiece(std::span<const std::string> texts, const WordPieceTrainerOptions& options,
                     const std::filesystem::path& directory);

}  // namespace sightline
