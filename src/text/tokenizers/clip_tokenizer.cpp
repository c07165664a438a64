#include "text/tokenizers/clip_tokenizer.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/hash.h"
#include "text/cleaning/clean_hf.h"
#include "text/cleaning/clean_openai.h"
#include "text/tokenizers/split.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

std::string settings_fingerprint(const BytePairModel& model,
                                 const ClipTokenizerSettings& settings) {
  std::string text = settings.profile == TokenizerProfile::openai ? "openai" : "hf";
  if (settings.profile == TokenizerProfile::hf) {
    for (const NormalizerStep step : settings.steps)
      text += " " + std::to_string(static_cast<int>(step));
  }
  text += "\n" + std::to_string(settings.start_id) + " " + std::to_string(settings.end_id) + "\n" +
          model.fingerprint();
  return to_hex(Sha256().update(text).digest());
}

// Returns as UTF-8 the first `begin` characters of `text` and as many of the following characters
// as fit in `bytes` bytes.
std::string prefix_utf8(std::u32string_view text, size_t begin, size_t bytes) {
  std::string out = unicode::encode_utf8(text.substr(0, begin));
  const size_t limit = out.size() + bytes;
  for (size_t i = begin; i < text.size(); ++i) {
    const size_t before = out.size();
    unicode::append_utf8(text[i], out);
    if (out.size() > limit) {
      out.resize(before);
      break;
    }
  }
  return out;
}

}  // namespace

const char* profile_name(TokenizerProfile profile) {
  switch (profile) {
    case TokenizerProfile::openai:
      return "openai";
    case TokenizerProfile::hf:
      return "hf";
    case TokenizerProfile::wordpiece:
      return "wordpiece";
    case TokenizerProfile::unigram:
      return "unigram";
    case TokenizerProfile::bpe:
      return "bpe";
    case TokenizerProfile::byte_level:
      return "byte_level";
  }
  return "";
}

std::u32string clean_text(std::string_view text, TokenizerProfile profile,
                          std::span<const NormalizerStep> hf_steps) {
  std::u32string decoded = unicode::decode_utf8(text);
  return profile == TokenizerProfile::openai ? clean_openai(std::move(decoded))
                                             : clean_hf(std::move(decoded), hf_steps);
}

ClipTokenizer::ClipTokenizer(BytePairModel model, ClipTokenizerSettings settings)
    : model_(std::move(model)), settings_(std::move(settings)) {
  if (settings_.context_length < 3) {
    throw Error(ErrorCode::invalid_argument,
                "tokenizer: context_length must be at least 3 (start, one token, end), found ",
                settings_.context_length);
  }
  fingerprint_ = settings_fingerprint(model_, settings_);
}

TokenIds ClipTokenizer::encode(std::string_view text) const {
  const std::u32string cleaned = clean_text(text, settings_.profile, settings_.steps);
  const auto limit = static_cast<size_t>(settings_.context_length) - 1;  // without the end token
  TokenIds out;
  out.ids.push_back(settings_.start_id);
  std::string bytes;
  split_words(cleaned, settings_.profile, [&](size_t begin, size_t end) {
    bytes = unicode::encode_utf8(std::u32string_view(cleaned).substr(begin, end - begin));
    const size_t first = out.ids.size();
    model_.encode_word(bytes, out.ids);
    if (out.ids.size() <= limit) return true;
    size_t kept_bytes = 0;  // of this word
    for (size_t i = first; i < limit; ++i)
      kept_bytes += token_bytes(model_.tokens()[out.ids[i]]).bytes.size();
    out.ids.resize(limit);
    out.truncated = true;
    out.kept_text = prefix_utf8(cleaned, begin, kept_bytes);
    while (out.kept_text.ends_with(' ')) out.kept_text.pop_back();
    return false;
  });
  out.ids.push_back(settings_.end_id);
  return out;
}

std::string ClipTokenizer::token(int32_t id) const {
  if (id < 0 || id >= vocab_size()) {
    throw Error(ErrorCode::invalid_argument, "tokenizer: id ", id,
                " is outside the vocabulary, expected 0 to ", vocab_size() - 1);
  }
  const std::string& symbols = model_.tokens()[id];
  if (id == settings_.start_id || id == settings_.end_id) return symbols;
  const TokenBytes token = token_bytes(symbols);
  // A token that ends within a UTF-8 sequence is not valid text; show its byte symbols instead.
  if (!unicode::is_valid_utf8(token.bytes)) return symbols;
  return token.bytes + std::string(token.ends_word ? kEndOfWord : "");
}

}  // namespace sightline
