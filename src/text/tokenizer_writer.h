// Writes a trained vocabulary in the files that transformers' CLIPTokenizerFast reads.
#pragma once

#include <sightline/tokenizer.h>

#include <string_view>

#include "text/tokenizer_files.h"

namespace sightline {

inline constexpr std::string_view kStartToken = "<|startoftext|>";
inline constexpr std::string_view kEndToken = "<|endoftext|>";

// The last two tokens are the start and the end token. Throws io.
void write_tokenizer_files(const std::vector<std::string>& tokens, const MergeList& merges,
                           const BpeTrainerOptions& options,
                           const std::filesystem::path& directory);

}  // namespace sightline
