// Writes a trained WordPiece vocabulary in the files of transformers' BertTokenizerFast.
#pragma once

#include <sightline/tokenizer_training.h>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Ids 0 to 4 of a trained WordPiece vocabulary.
inline constexpr std::array<std::string_view, 5> kBertSpecialTokens = {"[PAD]", "[UNK]", "[CLS]",
                                                                       "[SEP]", "[MASK]"};

// Writes the files listed at train_wordpiece. The first tokens are kBertSpecialTokens. Throws io.
void write_wordpiece_files(const std::vector<std::string>& tokens,
                           const WordPieceTrainerOptions& options,
                           const std::filesystem::path& directory);

}  // namespace sightline
