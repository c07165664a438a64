#include "models/packed_tokens.h"

#include <sightline/error.h>

#include <algorithm>

namespace sightline {

PackedTokens pack_tokens(std::span<const TokenIds* const> texts,
                         const std::optional<TextPadding>& padding) {
  PackedTokens packed;
  packed.offsets.push_back(0);
  for (const TokenIds* text : texts) {
    const auto own = static_cast<int64_t>(text->ids.size());
    const int64_t length = padding ? padding->length : own;
    if (own > length) {
      throw Error(ErrorCode::invalid_argument, "a text has ", own, " ids, expected at most ",
                  length);
    }
    packed.offsets.push_back(packed.offsets.back() + static_cast<int32_t>(length));
  }
  packed.ids = Tensor({packed.offsets.back()}, DType::i32);
  int32_t* const ids = packed.ids.data<int32_t>();
  for (size_t i = 0; i < texts.size(); ++i) {
    int32_t* const end = std::ranges::copy(texts[i]->ids, ids + packed.offsets[i]).out;
    if (padding) std::fill(end, ids + packed.offsets[i + 1], padding->id);
  }
  return packed;
}

PackedTokens pack_tokens(std::span<const TokenIds> texts,
                         const std::optional<TextPadding>& padding) {
  std::vector<const TokenIds*> pointers;
  for (const TokenIds& text : texts) pointers.push_back(&text);
  return pack_tokens(pointers, padding);
}

}  // namespace sightline
