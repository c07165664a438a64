// Masks tokens of a text, for training a model that predicts them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace sightline {

struct MaskedText {
  std::vector<int32_t> ids;        // the text's, some of them replaced
  std::vector<int32_t> positions;  // of the masked tokens, ascending
  std::vector<int32_t> targets;    // the original ids there
};

struct Masking {
  double share = 0.15;  // of a text's tokens that are masked
  int32_t mask_id = 0;
  int32_t first_word = 0;  // smaller ids are special tokens, which never replace a word
  int32_t vocab_size = 0;  // V
};

// Masks round(share * n) of the n tokens between the first (start) and the last (end), at least one
// where there is one. Of those, 80 % become the mask token, 10 % a random word, 10 % are unchanged.
// Source: google-research/bert create_pretraining_data.py, create_masked_lm_predictions.
MaskedText mask_tokens(std::span<const int32_t> ids, const Masking& masking, Random& random);

}  // namespace sightline
