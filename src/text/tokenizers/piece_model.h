// A model that divides words into pieces of its vocabulary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

struct PieceSpan {
  int32_t id;
  uint32_t end;  // bytes of the word up to and including this piece
};

// Immutable and thread-safe.
class PieceModel {
 public:
  virtual ~PieceModel() = default;

  // Appends the pieces of a word, valid UTF-8 without a NUL at its end. Never appends a special
  // token.
  virtual void encode(std::string_view word, std::vector<PieceSpan>& pieces) const = 0;
};

// Returns the spelling of the token of a byte: "<0x0A>".
std::string byte_token(uint8_t byte);

}  // namespace sightline
