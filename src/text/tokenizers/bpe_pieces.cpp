#include "text/tokenizers/bpe_pieces.h"

#include <sightline/error.h>

#include <algorithm>
#include <numeric>

#include "base/utf8.h"

namespace sightline {
namespace {

constexpr size_t kCodePoints = 0x110000;

}  // namespace

BpePieces::BpePieces(const std::vector<std::string>& tokens, const std::vector<bool>& is_special,
                     const MergeList& merges, BpeSettings settings)
    : settings_(settings), characters_(0x3000, -1), byte_ids_(256, -1), merges_(merges.size()) {
  ids_.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    if (tokens[i].empty()) continue;
    ids_[tokens[i]] = id;
    const Utf8Sequence first = read_utf8(tokens[i], 0);
    if (is_special[i] || !first.valid || first.bytes != tokens[i].size()) continue;
    if (first.code_point >= characters_.size()) characters_.resize(kCodePoints, -1);
    characters_[first.code_point] = id;
  }
  for (int byte = 0; byte < 256; ++byte) {
    const auto found = ids_.find(byte_token(static_cast<uint8_t>(byte)));
    if (found != ids_.end()) byte_ids_[byte] = found->second;
  }
  const auto id_of = [&](const std::string& token, size_t rank) {
    const auto found = ids_.find(token);
    if (found == ids_.end()) {
      throw Error(ErrorCode::invalid_data, "vocabulary: '", token, "' of merge ", rank + 1,
                  " is missing");
    }
    return found->second;
  };
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const int32_t left_id = id_of(left, rank), right_id = id_of(right, rank);
    if (!merges_.insert(left_id, right_id,
                        {static_cast<int32_t>(rank), id_of(left + right, rank)})) {
      throw Error(ErrorCode::invalid_data, "merges: '", left, " ", right,
                  "' is a duplicate, repeated as merge ", rank + 1);
    }
  }
  if (!settings_.ignore_merges) return;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (is_special[i]) ids_.erase(tokens[i]);
  }
}

// Divides a word into characters, and characters without a token into bytes or unknown tokens.
void BpePieces::append_symbols(std::string_view word, std::vector<MergeSymbol>& symbols) const {
  MergeSymbol unknown{-1, 0, 0};  // pending; empty: none
  const auto flush = [&] {
    if (unknown.end > unknown.begin) symbols.push_back(unknown);
    unknown = {-1, 0, 0};
  };
  for (uint32_t at = 0; at < word.size();) {
    const Utf8Sequence c = read_utf8(word, at);
    const uint32_t begin = at;
    at += static_cast<uint32_t>(c.bytes);
    const int32_t id = c.code_point < characters_.size() ? characters_[c.code_point] : -1;
    if (id >= 0) {
      flush();
      symbols.push_back({id, begin, at});
      continue;
    }
    const std::string_view bytes = word.substr(begin, at - begin);
    if (settings_.byte_fallback && std::all_of(bytes.begin(), bytes.end(), [&](char b) {
          return byte_ids_[static_cast<uint8_t>(b)] >= 0;
        })) {
      for (uint32_t i = begin; i < at; ++i)
        symbols.push_back({byte_ids_[static_cast<uint8_t>(word[i])], i, i + 1});
    } else if (settings_.unknown_id >= 0) {
      if (unknown.end > unknown.begin && settings_.fuse_unknown) {
        unknown.end = at;
      } else {
        flush();
        unknown = {settings_.unknown_id, begin, at};
      }
    }
  }
  flush();
}

void BpePieces::encode(std::string_view word, std::vector<PieceSpan>& pieces) const {
  if (settings_.ignore_merges) {
    const auto found = ids_.find(word);
    if (found != ids_.end()) {
      pieces.push_back({found->second, static_cast<uint32_t>(word.size())});
      return;
    }
  }
  std::vector<MergeSymbol> symbols;
  symbols.reserve(word.size());
  append_symbols(word, symbols);
  merge_pairs(symbols, [&](const MergeSymbol& left, const MergeSymbol& right) {
    return merges_.find(left.id, right.id);
  });
  for (const MergeSymbol& symbol : symbols) pieces.push_back({symbol.id, symbol.end});
}

SentencePieceBpe::SentencePieceBpe(std::vector<ScoredPiece> pieces, int32_t unknown_id,
                                   bool byte_fallback)
    : pieces_(std::move(pieces)), unknown_id_(unknown_id) {
  if (unknown_id < 0 || static_cast<size_t>(unknown_id) >= pieces_.size())
    throw Error(ErrorCode::invalid_data, "there is no unknown piece");
  std::vector<int32_t> order(pieces_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return pieces_[a].score > pieces_[b].score; });
  int32_t rank = 0;  // pieces with the same score have the same
  std::vector<std::pair<std::string_view, int32_t>> user_defined;
  if (byte_fallback) byte_ids_.assign(256, unknown_id);
  for (size_t i = 0; i < order.size(); ++i) {
    const int32_t id = order[i];
    const ScoredPiece& piece = pieces_[id];
    if (i > 0 && piece.score != pieces_[order[i - 1]].score) ++rank;
    if (piece.kind == PieceKind::normal || piece.kind == PieceKind::user_defined)
      merges_[piece.text] = {rank, id};
    if (piece.kind == PieceKind::user_defined) user_defined.emplace_back(piece.text, id);
    if (piece.kind != PieceKind::byte || !byte_fallback) continue;
    for (int byte = 0; byte < 256; ++byte) {
      if (piece.text == byte_token(static_cast<uint8_t>(byte))) byte_ids_[byte] = id;
    }
  }
  user_defined_ = PieceTrie(std::move(user_defined));
}

void SentencePieceBpe::encode(std::string_view word, std::vector<PieceSpan>& pieces) const {
  std::vector<MergeSymbol> symbols;
  symbols.reserve(word.size());
  const auto find = [&](uint32_t begin, uint32_t end) -> const Merge* {
    const auto found = merges_.find(word.substr(begin, end - begin));
    return found == merges_.end() ? nullptr : &found->second;
  };
  for (uint32_t at = 0; at < word.size();) {
    int32_t id = -1;
    uint32_t length = user_defined_.longest(word.substr(at), id);
    const bool fixed = length > 0;
    if (!fixed) {
      length = static_cast<uint32_t>(read_utf8(word, at).bytes);
      const Merge* piece = find(at, at + length);
      id = piece != nullptr ? piece->result : -1;
    }
    symbols.push_back({id, at, at + length, fixed});
    at += length;
  }
  merge_pairs(symbols, [&](const MergeSymbol& left, const MergeSymbol& right) {
    return find(left.begin, right.end);
  });
  for (size_t i = 0; i < symbols.size(); ++i) {
    const MergeSymbol& symbol = symbols[i];
    if (symbol.id >= 0) {
      pieces.push_back({symbol.id, symbol.end});
    } else if (byte_ids_.empty()) {
      while (i + 1 < symbols.size() && symbols[i + 1].id < 0) ++i;
      pieces.push_back({unknown_id_, symbols[i].end});
    } else {
      for (uint32_t at = symbol.begin; at < symbol.end; ++at)
        pieces.push_back({byte_ids_[static_cast<uint8_t>(word[at])], at + 1});
    }
  }
}

}  // namespace sightline
