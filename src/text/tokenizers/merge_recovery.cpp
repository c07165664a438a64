#include "text/tokenizers/merge_recovery.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "text/tokenizers/bpe.h"
#include "text/tokenizers/merge_pairs.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

constexpr std::array<std::string_view, 4> kSpecial = {kStartToken, kEndToken, "<start_of_text>",
                                                      "<end_of_text>"};

constexpr size_t kLongestToken = 1024;  // CLIP's have at most 90 bytes

// The characters of a token; the last one has "</w>" if the token ends a word.
std::vector<std::string> symbols_of(std::string_view token) {
  const bool ends_word = token.size() > kEndOfWord.size() && token.ends_with(kEndOfWord);
  if (ends_word) token.remove_suffix(kEndOfWord.size());
  std::vector<std::string> symbols;
  for (const char32_t c : unicode::decode_utf8(token)) {
    unicode::append_utf8(c, symbols.emplace_back());
  }
  if (ends_word) symbols.back() += kEndOfWord;
  return symbols;
}

class Recovery {
 public:
  Recovery(const std::vector<std::string>& tokens, const std::string& where)
      : tokens_(tokens), where_(where), known_(tokens.size()) {
    for (size_t i = 0; i < tokens.size(); ++i) ids_.emplace(tokens[i], static_cast<int32_t>(i));
  }

  MergeList run() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (std::ranges::find(kSpecial, tokens_[i]) == kSpecial.end()) add(static_cast<int32_t>(i));
    }
    return std::move(merges_);
  }

 private:
  void add(int32_t id) {
    const std::string& token = tokens_[static_cast<size_t>(id)];
    if (token.size() > kLongestToken) {
      throw Error(ErrorCode::limit_exceeded, where_, ": token '", printable(token, 60), "' has ",
                  token.size(), " bytes, expected at most ", kLongestToken);
    }
    const std::vector<std::string> symbols = symbols_of(token);
    if (symbols.size() < 2) return;
    std::vector<MergeSymbol> parts;
    uint32_t at = 0;
    for (const std::string& symbol : symbols) {
      const auto found = ids_.find(symbol);
      if (found == ids_.end()) fail(token, "has the symbol '" + symbol + "', which is no token");
      parts.push_back({found->second, at, at + static_cast<uint32_t>(symbol.size())});
      at = parts.back().end;
    }
    merge_pairs<NewMerges::after_rank>(parts,
                                       [&](const MergeSymbol& left, const MergeSymbol& right) {
                                         return known_.find(left.id, right.id);
                                       });
    if (parts.size() != 2)
      fail(token, message("is made of ", parts.size(), " tokens before it, expected 2"));
    const auto rank = static_cast<int32_t>(merges_.size());
    known_.insert(parts[0].id, parts[1].id, {rank, id});
    merges_.emplace_back(tokens_[static_cast<size_t>(parts[0].id)],
                         tokens_[static_cast<size_t>(parts[1].id)]);
  }

  [[noreturn]] void fail(const std::string& token, const std::string& what) const {
    throw Error(ErrorCode::invalid_data, where_, ": the vocabulary has no merges, and they do not ",
                "follow from its order: token '", printable(token, 60), "' ", what);
  }

  const std::vector<std::string>& tokens_;
  const std::string& where_;
  std::unordered_map<std::string_view, int32_t> ids_;
  PairTable known_;
  MergeList merges_;
};

}  // namespace

MergeList recover_merges(const std::vector<std::string>& tokens, const std::string& where) {
  if (tokens.size() > kMaxVocabulary) {
    throw Error(ErrorCode::limit_exceeded, where, ": more than ", kMaxVocabulary, " tokens");
  }
  return Recovery(tokens, where).run();
}

}  // namespace sightline
