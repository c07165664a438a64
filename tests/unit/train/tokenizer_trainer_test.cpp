#include <sightline/tokenizer_training.h>

#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

using testing::error_of;
using testing::sample_texts;

class BpeTrainer : public testing::ScratchTest {};

TEST_F(BpeTrainer, MostFrequentPairFirst) {
  const std::vector<std::string> texts = {"abab abab", "ab", "xyz"};
  train_bpe(texts, {.vocab_size = 520, .min_frequency = 2}, directory_);
  // "a b</w>" occurs 3 times, so it is merged first. "a b" and "b a" occur twice each; "a b" has
  // the smaller ids. Then "ab ab</w>".
  EXPECT_EQ(read("merges.txt"), "#version: 0.2\na b</w>\na b\nab ab</w>\n");
  const auto vocab = read_json("vocab.json");
  EXPECT_EQ(vocab.size(), 517u);
  EXPECT_EQ(vocab["!"], 0);
  EXPECT_EQ(vocab["!</w>"], 256);
  EXPECT_EQ(vocab["ab</w>"], 512);
  EXPECT_EQ(vocab["<|startoftext|>"], 515);
  EXPECT_EQ(vocab["<|endoftext|>"], 516);
}

TEST_F(BpeTrainer, StopsAtTheVocabularySizeAndIsDeterministic) {
  train_bpe(sample_texts(), {.vocab_size = 530, .min_frequency = 1}, directory_ / "a");
  train_bpe(sample_texts(), {.vocab_size = 530, .min_frequency = 1}, directory_ / "b");
  EXPECT_EQ(load_tokenizer(directory_ / "a")->vocab_size(), 530);
  for (const char* name : {"vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json",
                           "special_tokens_map.json"}) {
    EXPECT_EQ(read(std::string("a/") + name), read(std::string("b/") + name)) << name;
    EXPECT_FALSE(read(std::string("a/") + name).empty()) << name;
  }
}

TEST_F(BpeTrainer, LearnsWholeWords) {
  train_bpe(sample_texts(), {.vocab_size = 4096, .min_frequency = 1}, directory_);
  const auto tokenizer = load_tokenizer(directory_);
  for (const auto& text : {"balloon", "日本語", "café", "flying"})
    EXPECT_EQ(tokenizer->encode(text).ids.size(), 3u) << text;
}

TEST_F(BpeTrainer, StoresTheOpenAiProfile) {
  train_bpe(sample_texts(),
            {.vocab_size = 530, .min_frequency = 2, .profile = TokenizerProfile::openai},
            directory_);
  EXPECT_EQ(load_tokenizer(directory_)->profile(), TokenizerProfile::openai);
}

TEST_F(BpeTrainer, WithoutTextsLearnsTheByteVocabulary) {
  train_bpe({}, {}, directory_);
  const auto tokenizer = load_tokenizer(directory_);
  EXPECT_EQ(tokenizer->vocab_size(), 514);
  EXPECT_EQ(tokenizer->encode("ab").ids, (std::vector<int32_t>{512, 64, 256 + 65, 513}));
}

TEST_F(BpeTrainer, RejectsInvalidOptions) {
  EXPECT_EQ(error_of([&] { train_bpe({}, {.vocab_size = 513}, directory_); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { train_bpe({}, {.min_frequency = 0}, directory_); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { train_bpe({}, {.context_length = 1}, directory_); }).code(),
            ErrorCode::invalid_argument);
  write("file", "x");
  EXPECT_EQ(error_of([&] { train_bpe({}, {}, directory_ / "file"); }).code(), ErrorCode::io);
}

}  // namespace
}  // namespace sightline
