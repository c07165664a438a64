#include "text/bpe.h"

#include <sightline/error.h>

#include <algorithm>
#include <queue>

#include "base/hash.h"
#include "text/unicode.h"

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
  char32_t stand_in = 0x100;
  for (int b = 0; b < 256; ++b) {
    if (!is_printable(b)) table[next++] = {static_cast<uint8_t>(b), stand_in++};
  }
  return table;
}

uint64_t pair_key(int32_t left, int32_t right) {
  return (static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32) | static_cast<uint32_t>(right);
}

void hash_string(Sha256& hash, std::string_view text) {
  hash.update(std::to_string(text.size())).update(":").update(text);
}

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
  if (token.size() > kWordEnd.size() && token.ends_with(kWordEnd)) {
    out.ends_word = true;
    token.remove_suffix(kWordEnd.size());
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
    : tokens_(std::move(tokens)) {
  ids_.reserve(tokens_.size());
  Sha256 hash;
  hash.update("clip-bpe 1\n");
  for (size_t i = 0; i < tokens_.size(); ++i) {
    hash_string(hash, tokens_[i]);
    if (!ids_.emplace(tokens_[i], static_cast<int32_t>(i)).second) {
      throw Error(ErrorCode::invalid_data,
                  "vocabulary: token '" + tokens_[i] + "' is there twice, as id " +
                      std::to_string(ids_.at(tokens_[i])) + " and " + std::to_string(i));
    }
  }
  const auto need = [&](const std::string& token, const std::string& what) {
    const int32_t id = find(token);
    if (id < 0) {
      throw Error(ErrorCode::invalid_data, "vocabulary: " + what + " '" + token + "' is missing");
    }
    return id;
  };
  for (const ByteSymbol& s : byte_symbols()) {
    std::string symbol;
    unicode::append_utf8(s.symbol, symbol);
    byte_ids_[s.byte] = need(symbol, "byte symbol");
    end_byte_ids_[s.byte] = need(symbol + std::string(kWordEnd), "byte symbol");
  }
  merges_.reserve(merges.size());
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    hash_string(hash, left);
    hash_string(hash, right);
    const std::string which =
        " of merge " + std::to_string(rank + 1) + " ('" + left + " " + right + "')";
    const int32_t left_id = need(left, "the left side" + which);
    const int32_t right_id = need(right, "the right side" + which);
    const Merge merge{static_cast<int32_t>(rank), need(left + right, "the result" + which)};
    if (!merges_.emplace(pair_key(left_id, right_id), merge).second) {
      throw Error(ErrorCode::invalid_data, "merges: '" + left + " " + right +
                                               "' is there twice, again as merge " +
                                               std::to_string(rank + 1));
    }
  }
  fingerprint_ = to_hex(hash.digest());
}

int32_t BytePairModel::find(std::string_view token) const {
  const auto it = ids_.find(token);
  return it == ids_.end() ? -1 : it->second;
}

const BytePairModel::Merge* BytePairModel::find_merge(int32_t left, int32_t right) const {
  const auto it = merges_.find(pair_key(left, right));
  return it == merges_.end() ? nullptr : &it->second;
}

void BytePairModel::encode_word(std::string_view word, std::vector<int32_t>& ids) const {
  const auto count = static_cast<int32_t>(word.size());
  if (count == 0) return;
  // The word as a list of symbols: id -1 marks one that was merged into its left neighbour.
  struct Symbol {
    int32_t id, previous, next;
  };
  std::vector<Symbol> symbols(word.size());
  for (int32_t i = 0; i < count; ++i) {
    const auto byte = static_cast<uint8_t>(word[i]);
    symbols[i] = {i + 1 == count ? end_byte_ids_[byte] : byte_ids_[byte], i - 1, i + 1};
  }
  struct Candidate {
    int32_t rank, position, left, right, result;
    bool operator>(const Candidate& o) const {
      return std::pair(rank, position) > std::pair(o.rank, o.position);
    }
  };
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int32_t at, std::vector<Candidate>* later) {
    if (at < 0 || symbols[at].next >= count) return;
    const int32_t left = symbols[at].id, right = symbols[symbols[at].next].id;
    if (const Merge* merge = find_merge(left, right)) {
      const Candidate candidate{merge->rank, at, left, right, merge->result};
      later ? later->push_back(candidate) : queue.push(candidate);
    }
  };
  for (int32_t i = 0; i + 1 < count; ++i) consider(i, nullptr);

  std::vector<Candidate> found;  // by the merges of this rank; they wait until it is done
  while (!queue.empty()) {
    const int32_t rank = queue.top().rank;
    found.clear();
    while (!queue.empty() && queue.top().rank == rank) {
      const Candidate c = queue.top();
      queue.pop();
      Symbol& left = symbols[c.position];
      if (left.id != c.left || left.next >= count || symbols[left.next].id != c.right) continue;
      Symbol& right = symbols[left.next];
      left.id = c.result;
      right.id = -1;
      left.next = right.next;
      if (left.next < count) symbols[left.next].previous = c.position;
      consider(left.previous, &found);
      consider(c.position, &found);
    }
    for (const Candidate& c : found) queue.push(c);
  }
  for (int32_t i = 0; i < count; i = symbols[i].next) ids.push_back(symbols[i].id);
}

}  // namespace sightline
