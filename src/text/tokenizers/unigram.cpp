#include "text/tokenizers/unigram.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "base/utf8.h"

namespace sightline {
namespace {

constexpr double kUnknownPenalty = 10.0;
constexpr uint32_t kUnreached = ~uint32_t{0};

// The best division of a word up to some byte: its last piece and the sum of scores.
template <typename Score>
struct PathEnd {
  int32_t id;
  uint32_t begin;
  Score score;
};

// Returns the ids of the 256 byte tokens, or an empty list if one is missing.
std::vector<int32_t> find_bytes(const std::vector<ScoredPiece>& pieces) {
  std::unordered_map<std::string_view, int32_t> ids;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].text.size() == 6) ids[pieces[i].text] = static_cast<int32_t>(i);
  }
  std::vector<int32_t> out;
  for (int byte = 0; byte < 256; ++byte) {
    const auto found = ids.find(byte_token(static_cast<uint8_t>(byte)));
    out.push_back(found == ids.end() ? -1 : found->second);
  }
  return out;
}

}  // namespace

std::string byte_token(uint8_t byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  return std::string("<0x") + kDigits[byte >> 4] + kDigits[byte & 15] + ">";
}

UnigramModel::UnigramModel(const std::vector<ScoredPiece>& pieces, UnigramSettings settings)
    : settings_(settings) {
  if (settings_.unknown_id < 0 || static_cast<size_t>(settings_.unknown_id) >= pieces.size()) {
    throw Error(ErrorCode::invalid_data, "the unknown token has id ", settings_.unknown_id,
                ", expected 0 to ", static_cast<int64_t>(pieces.size()) - 1);
  }
  const bool sentencepiece = settings_.flavor == UnigramFlavor::sentencepiece;
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
  std::vector<std::pair<std::string_view, int32_t>> known;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const ScoredPiece& piece = pieces[i];
    if (!std::isfinite(piece.score)) {
      throw Error(ErrorCode::invalid_data, "piece ", i, " has score ", piece.score,
                  ", expected a finite number");
    }
    if (piece.kind == PieceKind::user_defined && sentencepiece) {
      user_defined_.resize(pieces.size());
      user_defined_[i] = true;
    }
    // sentencepiece counts only normal pieces, tokenizers all.
    if (piece.kind == PieceKind::normal || !sentencepiece) {
      lowest = std::min(lowest, piece.score);
      highest = std::max(highest, piece.score);
    }
    if (piece.kind == PieceKind::normal || piece.kind == PieceKind::user_defined)
      known.emplace_back(piece.text, static_cast<int32_t>(i));
    sentencepiece ? scores_.push_back(static_cast<float>(piece.score))
                  : double_scores_.push_back(piece.score);
  }
  unknown_score_ = sentencepiece ? static_cast<float>(lowest) - static_cast<float>(kUnknownPenalty)
                                 : lowest - kUnknownPenalty;
  highest_score_ = static_cast<float>(highest);
  trie_ = PieceTrie(std::move(known));
  if (settings_.byte_fallback) byte_ids_ = find_bytes(pieces);
}

double UnigramModel::piece_score(int32_t id, uint32_t length) const {
  if (settings_.flavor == UnigramFlavor::tokenizers) return double_scores_[id];
  if (user_defined_.empty() || !user_defined_[id]) return scores_[id];
  return static_cast<double>(static_cast<float>(length) * highest_score_) - 0.1;
}

// Score: the type of the sums.
template <typename Score>
void UnigramModel::best_path(std::string_view word, std::vector<Step>& steps) const {
  using End = PathEnd<Score>;
  std::vector<End> ends(word.size() + 1, End{-1, kUnreached, 0});
  for (uint32_t begin = 0; begin < word.size();) {
    const Score so_far = ends[begin].score;
    const auto character = static_cast<uint32_t>(read_utf8(word, begin).bytes);
    bool is_piece = false;  // whether the character alone is one
    trie_.prefixes(word.substr(begin), [&](uint32_t length, int32_t id) {
      End& end = ends[begin + length];
      const Score score = static_cast<Score>(piece_score(id, length)) + so_far;
      if (end.begin == kUnreached || score > end.score) end = End{id, begin, score};
      is_piece |= length == character;
    });
    if (!is_piece) {
      End& end = ends[begin + character];
      const Score score = static_cast<Score>(unknown_score_) + so_far;
      if (end.begin == kUnreached || score > end.score) end = End{-1, begin, score};
    }
    begin += character;
  }
  for (auto end = static_cast<uint32_t>(word.size()); end > 0; end = ends[end].begin)
    steps.push_back({ends[end].id, ends[end].begin, end});
  std::reverse(steps.begin(), steps.end());
}

void UnigramModel::append_unknown(std::string_view word, uint32_t begin, uint32_t end,
                                  std::vector<PieceSpan>& pieces) const {
  const std::string_view bytes = word.substr(begin, end - begin);
  const bool has_bytes = !byte_ids_.empty() && std::all_of(bytes.begin(), bytes.end(), [&](char c) {
    return byte_ids_[static_cast<uint8_t>(c)] >= 0;
  });
  if (!has_bytes) {
    pieces.push_back({settings_.unknown_id, end});
    return;
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    pieces.push_back(
        {byte_ids_[static_cast<uint8_t>(bytes[i])], begin + static_cast<uint32_t>(i) + 1});
  }
}

void UnigramModel::encode(std::string_view word, std::vector<PieceSpan>& pieces) const {
  std::vector<Step> steps;
  settings_.flavor == UnigramFlavor::sentencepiece ? best_path<float>(word, steps)
                                                   : best_path<double>(word, steps);
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].id >= 0) {
      pieces.push_back({steps[i].id, steps[i].end});
      continue;
    }
    const uint32_t begin = steps[i].begin;
    while (i + 1 < steps.size() && steps[i + 1].id < 0) ++i;  // fuse_unk
    append_unknown(word, begin, steps[i].end, pieces);
  }
}

}  // namespace sightline
