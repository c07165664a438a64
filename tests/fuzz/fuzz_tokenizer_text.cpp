// Fuzzes the tokenizers: any bytes are a valid text, and the ids satisfy the guarantees of
// Tokenizer.
#include <sightline/tokenizer.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "text/tokenizers/wordpiece.h"

namespace {

using namespace sightline;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Tokenizer& tokenizer, std::string_view text) {
  const TokenIds encoded = tokenizer.encode(text);
  const auto& ids = encoded.ids;
  require(ids.size() >= 2 && static_cast<int>(ids.size()) <= tokenizer.context_length());
  require(ids.front() == tokenizer.start_id() && ids.back() == tokenizer.end_id());
  for (size_t i = 1; i + 1 < ids.size(); ++i) {
    require(ids[i] >= 0 && ids[i] < tokenizer.vocab_size());
    require(ids[i] != tokenizer.start_id() &&
            ids[i] != tokenizer.end_id());  // text never yields special tokens
    tokenizer.token(ids[i]);
  }
  require(tokenizer.encode(text).ids == ids);
}

const Tokenizer& emoji_tokenizer(TokenizerProfile profile) {
  const std::filesystem::path folder =
      std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";
  static const auto hf = load_tokenizer(folder, TokenizerProfile::hf, 32);
  static const auto openai = load_tokenizer(folder, TokenizerProfile::openai, 77);
  return profile == TokenizerProfile::hf ? *hf : *openai;
}

const Tokenizer& wordpiece() {
  static const WordPieceTokenizer tokenizer = [] {
    WordPieceSettings settings;
    settings.context_length = 20;
    return WordPieceTokenizer(
        {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "ab", "##a", "##b", "##ab", "cat",
         "##s", ".", "[", "]", "sep", "\xc3\x9f", "\xe7\x8c\xab"},
        settings);
  }();
  return tokenizer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(emoji_tokenizer(TokenizerProfile::hf), text);
  check(emoji_tokenizer(TokenizerProfile::openai), text);
  check(wordpiece(), text);
  return 0;
}
