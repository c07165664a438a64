// Reader for SentencePiece models (*.model), a Protocol Buffers message.
// Source: google/sentencepiece src/sentencepiece_model.proto
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizers/unigram.h"

namespace sightline {

struct SentencePieceModel {
  bool is_unigram = true;  // else BPE
  std::vector<ScoredPiece> pieces;
  int32_t unknown_id = -1;
  std::string start_piece = "<s>", end_piece = "</s>";
  bool byte_fallback = false;
  bool whitespace_as_suffix = false;
  std::string charsmap;  // empty: no rules
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

// Errors name `path`. Throws invalid_data, limit_exceeded; unsupported for models other than
// Unigram and BPE.
SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& path);

}  // namespace sightline
