// Trains CLIP's byte-pair encoding.
#include <sightline/error.h>

#include <map>

#include "text/tokenizers/clip_tokenizer.h"
#include "text/tokenizers/split.h"
#include "text/unicode/unicode.h"
#include "train/tokenizer/merge_trainer.h"
#include "train/tokenizer/tokenizer_writer.h"

namespace sightline {
namespace {

class BpeTrainer {
 public:
  BpeTrainer(std::span<const std::string> texts, TokenizerProfile profile)
      : trainer_([](const std::string& a, const std::string& b) { return a + b; }, false) {
    for (const ByteSymbol& s : byte_symbols()) {
      std::string text;
      unicode::append_utf8(s.symbol, text);
      byte_ids_[s.byte] = trainer_.add_token(std::move(text));
    }
    for (size_t i = 0; i < 256; ++i)
      trainer_.add_token(trainer_.tokens()[i] + std::string(kEndOfWord));
    add_words(texts, profile);
  }

  MergeTrainer& merge_trainer() { return trainer_; }

 private:
  void add_words(std::span<const std::string> texts, TokenizerProfile profile) {
    std::map<std::string, int64_t> counts;  // sorted, for determinism
    for (const std::string& text : texts) {
      const std::u32string cleaned = clean_text(text, profile);
      split_words(cleaned, profile, [&](size_t begin, size_t end) {
        ++counts[unicode::encode_utf8(std::u32string_view(cleaned).substr(begin, end - begin))];
        return true;
      });
    }
    for (const auto& [word, count] : counts) {
      std::vector<int32_t> symbols;
      for (const char c : word) symbols.push_back(byte_ids_[static_cast<uint8_t>(c)]);
      symbols.back() += 256;  // the same byte with "</w>"
      trainer_.add_word(std::move(symbols), count);
    }
  }

  std::array<int32_t, 256> byte_ids_{};
  MergeTrainer trainer_;
};

void require(bool ok, const char* name, const char* expected, int found) {
  if (!ok) {
    throw Error(ErrorCode::invalid_argument, "train_bpe: ", name, " must be ", expected, ", found ",
                found);
  }
}

}  // namespace

void train_bpe(std::span<const std::string> texts, const BpeTrainerOptions& options,
               const std::filesystem::path& directory) {
  const auto largest = static_cast<int>(kMaxVocabulary);
  require(options.vocab_size >= 514 && options.vocab_size <= largest, "vocab_size",
          "514 to 1048576", options.vocab_size);
  require(options.min_frequency >= 1, "min_frequency", "at least 1", options.min_frequency);
  require(options.context_length >= 3, "context_length", "at least 3", options.context_length);
  if (options.profile == TokenizerProfile::wordpiece) {
    throw Error(ErrorCode::invalid_argument,
                "train_bpe: profile must be openai or hf, found wordpiece (see train_wordpiece)");
  }
  BpeTrainer trainer(texts, options.profile);
  trainer.merge_trainer().learn(static_cast<size_t>(options.vocab_size) - 2, options.min_frequency);
  std::vector<std::string> tokens = trainer.merge_trainer().tokens();
  tokens.emplace_back(kStartToken);
  tokens.emplace_back(kEndToken);
  write_tokenizer_files(tokens, trainer.merge_trainer().merges(), options, directory);
}

}  // namespace sightline
