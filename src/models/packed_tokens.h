// Token ids of a batch of texts as the text towers read them.
#pragma once

#include <sightline/tokenizer.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace sightline {

// Fixed-length text: every text is padded at its end to `length` ids.
struct TextPadding {
  int64_t length = 0;
  int32_t id = 0;
};

// The texts' ids, concatenated; see SequenceOffsets in ops/ops.h.
struct PackedTokens {
  Tensor ids;                    // (R) i32, host
  std::vector<int32_t> offsets;  // B + 1
};

// Each text has at least one id. `padding`: of the tower that will read them
// (TextTower::padding). Throws invalid_argument for a text longer than padding->length.
PackedTokens pack_tokens(std::span<const TokenIds* const> texts,
                         const std::optional<TextPadding>& padding = {});
PackedTokens pack_tokens(std::span<const TokenIds> texts,
                         const std::optional<TextPadding>& padding = {});

}  // namespace sightline
