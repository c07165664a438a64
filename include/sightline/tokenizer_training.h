// Trains tokenizers: byte-pair encoding with CLIP's conventions, and WordPiece with BERT's.
#pragma once

#include <sightline/tokenizer.h>

#include <filesystem>
#include <span>
#include <string>

namespace sightline {

struct BpeTrainerOptions {
  int vocab_size = 4096;  // all ids: 512 byte symbols, merges, 2 specials
  int min_frequency = 2;  // a pair seen less often is not merged
  TokenizerProfile profile = TokenizerProfile::hf;
  int context_length = 77;  // written as model_max_length, for transformers
};

// Learns merges from texts: again and again the most frequent adjacent pair of symbols (among
// equals the one with the smaller ids), until vocab_size is reached or no pair is frequent enough
// (then the vocabulary is smaller). The start and end tokens are the last two ids. Writes
// vocab.json, merges.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json into
// `directory` (made if missing), in the form that load_tokenizer and transformers'
// CLIPTokenizerFast read. Deterministic. Throws invalid_argument (vocab_size below 514 or above
// 2^20, min_frequency below 1, context_length below 3), io.
void train_bpe(std::span<const std::string> texts, const BpeTrainerOptions& options,
               const std::filesystem::path& directory);

struct WordPieceTrainerOptions {
  int vocab_size = 4096;      // all ids: 5 special tokens, single characters, learned pieces
  int min_frequency = 2;      // a pair seen less often is not joined
  int max_characters = 1000;  // only so many different ones, the most frequent, are known
  bool lowercase = true;      // uncased: lower case, accents dropped
  int context_length = 512;   // written as model_max_length, for transformers
};

// Learns BERT's kind of vocabulary from texts. Ids 0 to 4 are [PAD] [UNK] [CLS] [SEP] [MASK]; then
// come the texts' characters, each as it begins a word and as it goes on ("##e"; what is always a
// word of its own only as the former), then again and again the most frequent adjacent pair of
// pieces joined. Words with rarer characters become [UNK]. Writes vocab.txt, tokenizer.json,
// tokenizer_config.json and special_tokens_map.json into `directory` (made if missing), in the form
// that load_tokenizer and transformers' BertTokenizerFast read. Deterministic. Throws
// invalid_argument (vocab_size below 6 or above 2^20, or a character's pieces do not fit into it;
// min_frequency or max_characters below 1, context_length below 3), io.
void train_wordpiece(std::span<const std::string> texts, const WordPieceTrainerOptions& options,
                     const std::filesystem::path& directory);

}  // namespace sightline
