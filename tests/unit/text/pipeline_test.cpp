// Tokenizers of tokenizer.json pipelines and of SentencePiece models, against golden ids.
#include "text/tokenizers/cleaned_tokenizer.h"
#include "text/tokenizers/sentencepiece_files.h"
#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/tokenizer/pipeline";
constexpr int kLength = 24;

class Pipeline : public ::testing::TestWithParam<const char*> {};

TEST_P(Pipeline, MatchesTheReference) {
  const auto tokenizer = load_tokenizer(kFolder / GetParam(), kLength);
  const auto rows = testing::golden("pipeline/" + std::string(GetParam()) + "/texts.json");
  ASSERT_GT(rows.size(), 100u);
  for (const auto& row : rows) {
    EXPECT_EQ(tokenizer->encode(row["text"].get<std::string>()).ids,
              row["ids"].get<std::vector<int32_t>>())
        << row["text"];
  }
}

TEST_P(Pipeline, TextNeverProducesASpecialToken) {
  const auto tokenizer = load_tokenizer(kFolder / GetParam(), kLength);
  const auto ids = tokenizer->encode("a </s><pad> b").ids;
  EXPECT_EQ(std::count(ids.begin(), ids.end(), tokenizer->end_id()), 1);
  EXPECT_EQ(ids.back(), tokenizer->end_id());
}

INSTANTIATE_TEST_SUITE_P(Kinds, Pipeline,
                         ::testing::Values("unigram", "characters", "bytes",
                                           "sentencepiece_unigram", "sentencepiece_bpe"));

TEST(OpenClipTokenizer, CleansAndStripsTheEnd) {
  const auto plain = load_tokenizer(kFolder / "unigram", kLength);
  const auto cleaned = load_open_clip_tokenizer(
      kFolder / "unigram", kLength,
      {.cleaning = TextCleaning::canonicalize, .strip_sep_token = true, .language = ""});
  auto expected = plain->encode("the quick brown fox").ids;
  expected.back() = 0;
  EXPECT_EQ(cleaned->encode(" The_QUICK, brown&nbsp;fox! ").ids, expected);
  EXPECT_NE(cleaned->fingerprint(), plain->fingerprint());
}

// Any truncation or changed byte of a model yields a tokenizer or an Error.
TEST(SentencePieceFile, SurvivesDamage) {
  std::ifstream file(kFolder / "sentencepiece_bpe/spiece.model", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_GT(bytes.size(), 1000u);
  size_t errors = 0;
  for (size_t at = 0; at < bytes.size(); at += 97) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    for (const std::string& damaged : {bytes.substr(0, at), changed}) {
      try {
        sentencepiece_tokenizer(damaged, "damaged.model", nullptr, 16)->encode("a cat, two cats");
      } catch (const Error&) {
        ++errors;
      }
    }
  }
  EXPECT_GT(errors, 10u);
}

// Scores order the pieces, which NaN does not.
TEST(SentencePieceFile, RefusesScoresThatAreNoNumbers) {
  const auto piece = [](const std::string& text, const std::string& score, char type) {
    const std::string fields = std::string("\x0a") + static_cast<char>(text.size()) + text +
                               "\x15" + score + "\x18" + type;
    return std::string("\x0a") + static_cast<char>(fields.size()) + fields;
  };
  const std::string zero(4, '\0'), nan("\0\0\xc0\x7f", 4), bpe("\x12\x02\x18\x02");
  const std::string unknown = piece("<unk>", zero, 2);
  EXPECT_NO_THROW(sentencepiece_tokenizer(unknown + piece("a", zero, 1) + bpe, "m", nullptr, 16));
  EXPECT_THROW(sentencepiece_tokenizer(unknown + piece("a", nan, 1) + bpe, "m", nullptr, 16),
               Error);
}

}  // namespace
}  // namespace sightline
