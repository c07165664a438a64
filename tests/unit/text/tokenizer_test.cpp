#include <sightline/tokenizer_training.h>

#include <thread>

#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

using testing::error_of;
using testing::golden;

const std::filesystem::path kShared =
    std::filesystem::path(SIGHTLINE_SHARED_DIR) / "data/tokenizers";
const char* const kNoShared = "CLIP's vocabulary is not available on this machine";

class TrainedTokenizer : public testing::ScratchTest {
 protected:
  void SetUp() override {
    ScratchTest::SetUp();
    train_bpe(testing::sample_texts(), {.vocab_size = 560, .min_frequency = 2}, directory_);
  }
};

TEST_F(TrainedTokenizer, AddsStartAndEndTokens) {
  const auto tokenizer = load_tokenizer(directory_);
  const TokenIds encoded = tokenizer->encode("  A Red\tBALL ");
  std::vector<std::string> tokens;
  for (const int32_t id : encoded.ids) tokens.push_back(tokenizer->token(id));
  EXPECT_EQ(tokens, (std::vector<std::string>{"<|startoftext|>", "a</w>", "red</w>", "ball</w>",
                                              "<|endoftext|>"}));
  EXPECT_FALSE(encoded.truncated);
  EXPECT_EQ(encoded.kept_text, "");
  EXPECT_EQ(tokenizer->end_id(), tokenizer->vocab_size() - 1);
  EXPECT_EQ(tokenizer->start_id(), tokenizer->vocab_size() - 2);
  EXPECT_EQ(tokenizer->encode("").ids,
            (std::vector<int32_t>{tokenizer->start_id(), tokenizer->end_id()}));
}

TEST_F(TrainedTokenizer, TextNeverProducesASpecialToken) {
  for (const auto profile : {TokenizerProfile::hf, TokenizerProfile::openai}) {
    const auto tokenizer = load_tokenizer(directory_, profile);
    for (const char* text :
         {"<|endoftext|>", "a <|startoftext|> b", "&lt;|endoftext|&gt;", "</w>"}) {
      const auto ids = tokenizer->encode(text).ids;
      ASSERT_GT(ids.size(), 2u);
      for (size_t i = 1; i + 1 < ids.size(); ++i) {
        EXPECT_TRUE(ids[i] != tokenizer->start_id() && ids[i] != tokenizer->end_id()) << text;
      }
    }
  }
}

TEST_F(TrainedTokenizer, TruncationKeepsTheEndTokenAndReportsTheKeptText) {
  const auto tokenizer = load_tokenizer(directory_, 5);
  const TokenIds truncated = tokenizer->encode("a red ball a red ball");
  EXPECT_EQ(truncated.ids.size(), 5u);
  EXPECT_EQ(truncated.ids.back(), tokenizer->end_id());
  EXPECT_TRUE(truncated.truncated);
  EXPECT_EQ(truncated.kept_text, "a red ball");
  EXPECT_FALSE(tokenizer->encode("a red ball").truncated);
  // A three-byte character of which only the first byte fits is not kept.
  EXPECT_EQ(load_tokenizer(directory_, 4)->encode("a €").kept_text, "a");
}

TEST_F(TrainedTokenizer, VocabAndMergesWithoutConfigSelectHf) {
  const auto with_json = load_tokenizer(directory_);
  std::filesystem::remove(directory_ / "tokenizer.json");
  const auto without_json = load_tokenizer(directory_);
  EXPECT_EQ(without_json->profile(), TokenizerProfile::hf);
  EXPECT_EQ(without_json->fingerprint(), with_json->fingerprint());
  EXPECT_EQ(without_json->encode("the cat's café 日本語").ids,
            with_json->encode("the cat's café 日本語").ids);
}

TEST_F(TrainedTokenizer, FingerprintDependsOnTheProfile) {
  EXPECT_NE(load_tokenizer(directory_, TokenizerProfile::openai)->fingerprint(),
            load_tokenizer(directory_, TokenizerProfile::hf)->fingerprint());
  EXPECT_EQ(load_tokenizer(directory_)->fingerprint().size(), 64u);
}

TEST_F(TrainedTokenizer, ProfilesDifferInCleaning) {
  const auto hf = load_tokenizer(directory_, TokenizerProfile::hf);
  const auto openai = load_tokenizer(directory_, TokenizerProfile::openai);
  EXPECT_EQ(hf->encode("a Red ball!").ids, openai->encode("a Red ball!").ids);
  EXPECT_NE(hf->encode("cat &amp; ball").ids, openai->encode("cat &amp; ball").ids);
  EXPECT_EQ(hf->encode("cat & ball").ids, openai->encode("cat &amp;amp;amp; ball").ids);
}

TEST_F(TrainedTokenizer, InvalidUtf8IsReplaced) {
  const auto tokenizer = load_tokenizer(directory_);
  EXPECT_EQ(tokenizer->encode("a\xFF").ids, tokenizer->encode("a\uFFFD").ids);
}

TEST_F(TrainedTokenizer, IsThreadSafe) {
  const auto tokenizer = load_tokenizer(directory_, TokenizerProfile::openai);
  const auto expected = tokenizer->encode("the cat’s cafÃ©").ids;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i)
        wrong[t] += tokenizer->encode("the cat’s cafÃ©").ids != expected;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST_F(TrainedTokenizer, RejectsInvalidArguments) {
  EXPECT_EQ(error_of([&] { load_tokenizer(directory_, 2); }).code(), ErrorCode::invalid_argument);
  const auto tokenizer = load_tokenizer(directory_);
  EXPECT_EQ(error_of([&] { tokenizer->token(-1); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { tokenizer->token(tokenizer->vocab_size()); }).code(),
            ErrorCode::invalid_argument);
}

class ClipTokenizers : public testing::ScratchTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kShared / "clip_tokenizer.json")) GTEST_SKIP() << kNoShared;
    ScratchTest::SetUp();
    std::filesystem::copy_file(kShared / "clip_tokenizer.json", directory_ / "tokenizer.json");
  }
};

TEST_F(ClipTokenizers, ProduceKnownIds) {
  const std::vector<std::pair<std::string, std::vector<int32_t>>> cases = {
      {"flying in the sky", {49406, 4610, 530, 518, 2390, 49407}},
      {"mouth open", {49406, 4932, 1488, 49407}},
      {"mouth dnaksjd xysopendasdas",
       {49406, 4932, 67, 9248, 7536, 323, 87, 1971, 28069, 587, 7359, 49407}},
      {"A yellow cat", {49406, 320, 4481, 2368, 49407}},
      {"A red ball", {49406, 320, 736, 1069, 49407}}};
  const auto openai = load_openai_tokenizer(kShared / "bpe_simple_vocab_16e6.txt.gz");
  const auto hf = load_tokenizer(directory_);
  EXPECT_EQ(openai->vocab_size(), 49408);
  EXPECT_EQ(hf->vocab_size(), 49408);
  for (const auto& [text, ids] : cases) {
    EXPECT_EQ(openai->encode(text).ids, ids) << text;
    EXPECT_EQ(hf->encode(text).ids, ids) << text;
  }
}

TEST_F(ClipTokenizers, MatchTheReferences) {
  const auto openai = load_openai_tokenizer(kShared / "bpe_simple_vocab_16e6.txt.gz");
  const auto hf = load_tokenizer(directory_);
  const auto rows = golden("clip.json");
  ASSERT_GE(rows.size(), 400u);
  for (const auto& row : rows) {
    const auto text = row["text"].get<std::string>();
    EXPECT_EQ(hf->encode(text).ids, row["hf"].get<std::vector<int32_t>>()) << text;
    EXPECT_EQ(openai->encode(text).ids, row["openai"].get<std::vector<int32_t>>()) << text;
  }
}

TEST_F(ClipTokenizers, BothFilesHaveTheSameVocabulary) {
  EXPECT_EQ(
      load_openai_tokenizer(kShared / "bpe_simple_vocab_16e6.txt.gz", 77, TokenizerProfile::hf)
          ->fingerprint(),
      load_tokenizer(directory_)->fingerprint());
}

}  // namespace
}  // namespace sightline
