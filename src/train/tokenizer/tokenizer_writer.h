// Writes a trained vocabulary in the files that transformers' CLIPTokenizerFast or
// BertTokenizerFast reads.
#pragma once

#include <sightline/tokenizer_training.h>

#include <array>
#include <string_view>

#include "text/tokenizers/tokenizer_files.h"

namespace sightline {

// The last two tokens are the start and the end token. Throws io.
void write_tokenizer_files(const std::vector<std::string>& tokens, const MergeList& merges,
                           const BpeTrainerOptions& options,
                           const std::filesystem::path& directory);

// The first tokens of a trained WordPiece vocabulary, ids 0 to 4.
inline constexpr std::array<std::string_view, 5> kBertSpecialTokens = {"[PAD]", "[UNK]", "[CLS]",
                                                                       "[SEP]", "[MASK]"};

// The first tokens are kBertSpecialTokens. Throws io.
void write_wordpiece_files(const std::vector<std::string>& tokens,
                           const WordPieceTrainerOptions& options,
                           const std::filesystem::path& directory);

}  // namespace sightline
