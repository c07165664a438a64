// Special tokens, types and limits shared by the readers of tokenizer files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline {

// CLIP's special tokens.
inline constexpr std::string_view kStartToken = "<|startoftext|>";
inline constexpr std::string_view kEndToken = "<|endoftext|>";

using MergeList = std::vector<std::pair<std::string, std::string>>;

// Limits on input from files, far above those of known models.
inline constexpr int64_t kMaxTokenizerFileBytes = 256LL << 20;
inline constexpr size_t kMaxVocabulary = 1 << 20;

}  // namespace sightline
