// Token ids of some texts as the text towers take them.
#pragma once

#include <sightline/tokenizer.h>

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace sightline {

// One text after the other, without padding; see SequenceOffsets in ops/ops.h.
struct PackedTokens {
  Tensor ids;                    // (R) i32, host
  std::vector<int32_t> offsets;  // B + 1
};

// Each text must have at least one id.
PackedTokens pack_tokens(std::span<const TokenIds* const> texts);
PackedTokens pack_tokens(std::span<const TokenIds> texts);

}  // namespace sightline
