#include "models/packed_tokens.h"

#include <algorithm>

namespace sightline {

PackedTokens pack_tokens(std::span<const TokenIds* const> texts) {
  PackedTokens packed;
  packed.offsets.push_back(0);
  for (const TokenIds* text : texts) {
    packed.offsets.push_back(packed.offsets.back() + static_cast<int32_t>(text->ids.size()));
  }
  packed.ids = Tensor({packed.offsets.back()}, DType::i32);
  int32_t* to = packed.ids.data<int32_t>();
  for (const TokenIds* text : texts) to = std::copy(text->ids.begin(), text->ids.end(), to);
  return packed;
}

PackedTokens pack_tokens(std::span<const TokenIds> texts) {
  std::vector<const TokenIds*> pointers;
  for (const TokenIds& text : texts) pointers.push_back(&text);
  return pack_tokens(pointers);
}

}  // namespace sightline
