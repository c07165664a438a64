// Writes a trained byte-pair encoding in the files of transformers' CLIPTokenizerFast.
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

}  // namespace sightline
