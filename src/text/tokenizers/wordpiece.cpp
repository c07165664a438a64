#include "text/tokenizers/wordpiece.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/hash.h"
#include "text/cleaning/clean_bert.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

std::string fingerprint_of(const std::vector<std::string>& tokens, const WordPieceSettings& s) {
  std::string head = "wordpiece";
  for (const bool step : {s.cleaning.remove_controls, s.cleaning.isolate_chinese_chars,
                          s.cleaning.strip_accents, s.cleaning.lowercase}) {
    head += step ? " 1" : " 0";
  }
  head += "\n" + std::to_string(s.max_word_length);
  std::vector<std::string> names = {s.unknown_token, s.start_token, s.end_token, s.continuation};
  names.insert(names.end(), s.special_tokens.begin(), s.special_tokens.end());
  Sha256 hash;
  hash.update(head);
  for (const std::string& name : names)
    hash.update("\n" + std::to_string(name.size()) + ":" + name);
  for (const std::string& t : tokens) hash.update("\n" + std::to_string(t.size()) + ":" + t);
  return to_hex(hash.digest());
}

size_t character_count(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

WordPieceTokenizer::WordPieceTokenizer(std::vector<std::string> tokens, WordPieceSettings settings)
    : tokens_(std::move(tokens)), settings_(std::move(settings)) {
  if (settings_.context_length < 3) {
    throw Error(ErrorCode::invalid_argument,
                "tokenizer: context_length must be at least 3 (start, one token, end), found ",
                settings_.context_length);
  }
  for (size_t id = 0; id < tokens_.size(); ++id) ids_[tokens_[id]] = static_cast<int32_t>(id);
  const auto required = [&](const std::string& token) {
    const int32_t id = find(token);
    if (id >= 0) return id;
    throw Error(ErrorCode::invalid_data, "the vocabulary has no special token '", token, "'");
  };
  unknown_id_ = required(settings_.unknown_token);
  start_id_ = required(settings_.start_token);
  end_id_ = required(settings_.end_token);

  std::vector<std::string> special = settings_.special_tokens;
  special.insert(special.end(),
                 {settings_.unknown_token, settings_.start_token, settings_.end_token});
  const std::string& prefix = settings_.continuation;
  for (const auto& [token, id] : ids_) {
    if (token.empty() || std::find(special.begin(), special.end(), token) != special.end())
      continue;
    longest_piece_ = std::max(longest_piece_, character_count(token));
    initial_.emplace(token, id);
    if (token.size() > prefix.size() && token.starts_with(prefix))
      continuations_.emplace(token.substr(prefix.size()), id);
  }
  fingerprint_ = fingerprint_of(tokens_, settings_);
}

int32_t WordPieceTokenizer::match_longest(std::string_view word, const std::vector<size_t>& offsets,
                                          size_t begin, size_t& end) const {
  const auto& pieces = begin == 0 ? initial_ : continuations_;
  for (end = std::min(offsets.size() - 1, begin + longest_piece_); end > begin; --end) {
    const auto it = pieces.find(word.substr(offsets[begin], offsets[end] - offsets[begin]));
    if (it != pieces.end()) return it->second;
  }
  return -1;
}

void WordPieceTokenizer::split_word(std::u32string_view word, std::vector<Piece>& pieces) const {
  pieces.clear();
  const Piece unknown = {unknown_id_, word.size()};
  if (static_cast<int64_t>(word.size()) > settings_.max_word_length) {
    pieces.push_back(unknown);
    return;
  }
  std::string bytes;
  std::vector<size_t> offsets = {0};
  for (const char32_t c : word) {
    unicode::append_utf8(c, bytes);
    offsets.push_back(bytes.size());
  }
  for (size_t begin = 0; begin < word.size();) {
    size_t end = 0;
    const int32_t id = match_longest(bytes, offsets, begin, end);
    if (id < 0) {  // a word with an unknown part is unknown as a whole
      pieces.assign(1, unknown);
      return;
    }
    pieces.push_back({id, end});
    begin = end;
  }
}

TokenIds WordPieceTokenizer::encode(std::string_view text) const {
  const std::u32string cleaned = clean_bert(unicode::decode_utf8(text), settings_.cleaning);
  const auto limit = static_cast<size_t>(settings_.context_length) - 1;  // without the end token
  TokenIds out;
  out.ids.push_back(start_id_);
  std::vector<Piece> pieces;
  split_bert_words(cleaned, [&](size_t begin, size_t end) {
    split_word(std::u32string_view(cleaned).substr(begin, end - begin), pieces);
    size_t kept = 0;  // in characters of this word
    for (const Piece& piece : pieces) {
      if (out.ids.size() == limit) {
        out.truncated = true;
        out.kept_text = unicode::encode_utf8(std::u32string_view(cleaned).substr(0, begin + kept));
        const size_t last = out.kept_text.find_last_not_of(' ');
        out.kept_text.resize(last == std::string::npos ? 0 : last + 1);
        return false;
      }
      out.ids.push_back(piece.id);
      kept = piece.end;
    }
    return true;
  });
  out.ids.push_back(end_id_);
  return out;
}

int32_t WordPieceTokenizer::find(std::string_view token) const {
  const auto it = ids_.find(token);
  return it == ids_.end() ? -1 : it->second;
}

std::string WordPieceTokenizer::token(int32_t id) const {
  if (id < 0 || id >= vocab_size()) {
    throw Error(ErrorCode::invalid_argument, "tokenizer: id ", id,
                " is outside the vocabulary, expected 0 to ", vocab_size() - 1);
  }
  return tokens_[static_cast<size_t>(id)];
}

}  // namespace sightline
