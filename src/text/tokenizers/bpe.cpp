#include "text/tokenizers/bpe.h"

#include <sightline/error.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "base/hash.h"
#include "text/tokenizers/merge_pairs.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

std::array<ByteSymbol, 256> make_byte_symbols() {
  std::array<ByteSymbol, 256> table{};
  const auto is_printable = [](int b) {
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
  };
  size_t next = 0;
  for (int b = 0; b < 256; ++b) {
    if (is_printable(b)) table[next++] = {static_cast<uint8_t>(b), static_cast<char32_t>(b)};
  }
  char32_t substitute = 0x100;
  for (int b = 0; b < 256; ++b) {
    if (!is_printable(b)) table[next++] = {static_cast<uint8_t>(b), substitute++};
  }
  return table;
}

// Returns a power of two that leaves the table at most half full.
size_t slot_count(size_t entries) {
  return std::bit_ceil(2 * entries + 2);
}

// Hashes length-prefixed strings. Buffers them, because a hash update per token costs more than
// hashing its bytes.
class StringsHash {
 public:
  explicit StringsHash(std::string_view prefix) : buffer_(prefix) {}

  void add(std::string_view text) {
    buffer_.append(std::to_string(text.size())).append(":").append(text);
    if (buffer_.size() >= kBlock) flush();
  }
  Digest digest() {
    flush();
    return hash_.digest();
  }

 private:
  static constexpr size_t kBlock = 1 << 14;
  void flush() {
    hash_.update(buffer_);
    buffer_.clear();
  }

  Sha256 hash_;
  std::string buffer_;
};

}  // namespace

const std::array<ByteSymbol, 256>& byte_symbols() {
  static const std::array<ByteSymbol, 256> table = make_byte_symbols();
  return table;
}

TokenBytes token_bytes(std::string_view token) {
  static const auto byte_of = [] {
    std::array<int, 0x180> table{};
    table.fill(-1);
    for (const ByteSymbol& s : byte_symbols()) table[s.symbol] = s.byte;
    return table;
  }();
  TokenBytes out;
  if (token.size() > kEndOfWord.size() && token.ends_with(kEndOfWord)) {
    out.ends_word = true;
    token.remove_suffix(kEndOfWord.size());
  }
  for (const char32_t c : unicode::decode_utf8(token)) {
    if (c < byte_of.size() && byte_of[c] >= 0) {
      out.bytes += static_cast<char>(byte_of[c]);
    } else {
      unicode::append_utf8(c, out.bytes);
    }
  }
  return out;
}

BytePairModel::BytePairModel(std::vector<std::string> tokens,
                             const std::vector<std::pair<std::string, std::string>>& merges)
    : tokens_(std::move(tokens)), merges_(merges.size()) {
  ids_.assign(slot_count(tokens_.size()), -1);
  StringsHash hash("clip-bpe 1\n");
  for (size_t i = 0; i < tokens_.size(); ++i) {
    hash.add(tokens_[i]);
    int32_t& slot = ids_[token_slot(tokens_[i])];
    if (slot >= 0) {
      throw Error(ErrorCode::invalid_data, "vocabulary: token '", tokens_[i],
                  "' is a duplicate, with ids ", slot, " and ", i);
    }
    slot = static_cast<int32_t>(i);
  }
  const auto missing = [](const std::string& token, const std::string& what) {
    return Error(ErrorCode::invalid_data, "vocabulary: ", what, " '", token, "' is missing");
  };
  const auto need = [&](const std::string& token) {
    const int32_t id = find(token);
    if (id < 0) throw missing(token, "byte symbol");
    return id;
  };
  for (const ByteSymbol& s : byte_symbols()) {
    std::string symbol;
    unicode::append_utf8(s.symbol, symbol);
    byte_ids_[s.byte] = need(symbol);
    end_byte_ids_[s.byte] = need(symbol + std::string(kEndOfWord));
  }
  std::string joined;
  size_t next = 0;  // the result of a merge usually follows that of the previous merge
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    hash.add(left);
    hash.add(right);
    joined.assign(left).append(right);
    const int32_t left_id = find(left), right_id = find(right);
    const int32_t result = next < tokens_.size() && tokens_[next] == joined
                               ? static_cast<int32_t>(next)
                               : find(joined);
    next = static_cast<size_t>(result) + 1;
    if (left_id < 0 || right_id < 0 || result < 0) {
      const std::string which =
          " of merge " + std::to_string(rank + 1) + " ('" + left + " " + right + "')";
      if (left_id < 0) throw missing(left, "the left side" + which);
      if (right_id < 0) throw missing(right, "the right side" + which);
      throw missing(joined, "the result" + which);
    }
    if (!merges_.insert(left_id, right_id, {static_cast<int32_t>(rank), result})) {
      throw Error(ErrorCode::invalid_data, "merges: '", left, " ", right,
                  "' is a duplicate, repeated as merge ", rank + 1);
    }
  }
  fingerprint_ = to_hex(hash.digest());
}

size_t BytePairModel::token_slot(std::string_view token) const {
  const size_t mask = ids_.size() - 1;
  size_t at = std::hash<std::string_view>()(token) & mask;
  while (ids_[at] >= 0 && tokens_[static_cast<size_t>(ids_[at])] != token) at = (at + 1) & mask;
  return at;
}

int32_t BytePairModel::find(std::string_view token) const {
  return ids_[token_slot(token)];
}

void BytePairModel::encode_word(std::string_view word, std::vector<int32_t>& ids) const {
  std::vector<MergeSymbol> symbols(word.size());
  for (uint32_t i = 0; i < word.size(); ++i) {
    const auto byte = static_cast<uint8_t>(word[i]);
    symbols[i] = {i + 1 == word.size() ? end_byte_ids_[byte] : byte_ids_[byte], i, i + 1};
  }
  const auto find = [&](const MergeSymbol& left, const MergeSymbol& right) {
    return merges_.find(left.id, right.id);
  };
  merge_pairs<NewMerges::after_rank>(symbols, find);
  for (const MergeSymbol& symbol : symbols) ids.push_back(symbol.id);
}

}  // namespace sightline
