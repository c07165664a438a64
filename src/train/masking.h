// Hiding tokens of a text, for training a model that guesses them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace sightline {

struct MaskedText {
  std::vector<int32_t> ids;        // the text's, some of them replaced
  std::vector<int32_t> positions;  // of those that are to be guessed, ascending
  std::vector<int32_t> targets;    // what stood there
};

struct Masking {
  double share = 0.15;  // of a text's tokens that are to be guessed
  int32_t mask_id = 0;
  int32_t first_word = 0;  // ids below it are special tokens, which never stand in for a word
  int32_t vocab_size = 0;  // V
};

// Picks round(share * n) of the n tokens between the first (start) and the last (end), at least one
// where there is one. Of those, 80 % become the mask token, 10 % a random word, 10 % stay.
// Source: google-research/bert create_pretraining_data.py, create_masked_lm_predictions.
MaskedText mask_tokens(std::span<const int32_t> ids, const Masking& masking, Random& random);

}  // namespace sightline
