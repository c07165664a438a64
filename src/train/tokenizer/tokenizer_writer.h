// Writes trained vocabularies in the files of transformers' CLIPTokenizerFast and
// BertTokenizerFast.
#pragma once

#include <sightline/tokenizer_training.h>

#include <array>
#include <string_view>

#include "text/tokenizers/tokenizer_files.h"

namespace sightline {

// Writes the files listed at train_bpe. The last two tokens are the start and end tokens. Throws
// io.
void write_tokenizer_files(const std::vector<std::string>& tokens, const MergeList& merges,
                           const BpeTrainerOptions& options,
                           const std::filesystem::path& directory);

// Ids 0 to 4 of a trained WordPiece vocabulary.
inline constexpr std::array<std::string_view, 5> kBertSpecialTokens = {"[PAD]", "[UNK]", "[CLS]",
                                                                       "[SEP]", "[MASK]"};

// Writes the files listed at train_wordpiece. The first tokens are kBertSpecialTokens. Throws io.
void write_wordpiece_files(const std::vector<std::string>& tokens,
                           const WordPieceTrainerOptions& options,
                           const std::filesystem::path& directory);

}  // namespace sightline
