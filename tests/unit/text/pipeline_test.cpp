// Tokenizers of tokenizer.json pipelines and of SentencePiece models, against golden ids.
#include <functional>

#include "text/cleaning/charsmap.h"
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

class HostileTokenizer : public testing::ScratchTest {
 protected:
  // tokenizer.json of the golden case "unigram" with a part replaced.
  std::unique_ptr<Tokenizer> with(const std::string& part, const nlohmann::json& value) const {
    auto file = testing::golden("pipeline/unigram/tokenizer.json");
    file[part] = value;
    write("tokenizer.json", file.dump());
    return load_tokenizer(directory_, kLength);
  }

  static std::string limit_error(const std::function<void()>& run) {
    const Error error = testing::error_of(run);
    EXPECT_EQ(error.code(), ErrorCode::limit_exceeded) << error.what();
    return error.what();
  }
};

nlohmann::json sequence(const std::string& list, const std::vector<nlohmann::json>& steps) {
  return {{"type", "Sequence"}, {list, steps}};
}

// Steps that each are harmless: 16 times the bytes, and twice.
TEST_F(HostileTokenizer, StepsDoNotMultiplyAText) {
  const nlohmann::json replace = {
      {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(16, 'a')}};
  const auto normalizing = with("normalizer", sequence("normalizers", std::vector(12, replace)));
  EXPECT_EQ(normalizing->encode("b").ids.size(), 2U);
  EXPECT_EQ(limit_error([&] { normalizing->encode("a cat"); }),
            "the tokenizer makes 131075 bytes of a text of 5, at most 65536 are possible");
  const nlohmann::json spell = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  const auto splitting = with("pre_tokenizer", sequence("pretokenizers", std::vector(40, spell)));
  EXPECT_NE(limit_error([&] { splitting->encode("é"); }).find("at most 65536"), std::string::npos);
}

TEST_F(HostileTokenizer, StepsInsertShortTexts) {
  const std::string large(5000, 'a');
  const nlohmann::json replace = {
      {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", large}};
  EXPECT_NE(limit_error([&] {
              with("normalizer", replace);
            }).find("'Replace' inserts 5000 bytes, at most 256"),
            std::string::npos);
  const nlohmann::json prepend = {{"type", "Prepend"}, {"prepend", large}};
  EXPECT_NE(limit_error([&] { with("normalizer", prepend); }).find("'Prepend' inserts 5000 bytes"),
            std::string::npos);
}

// A trie of no strings, and replacements.
TEST(Charsmap, HasShortReplacements) {
  const std::string trie("\x04\0\0\0\0\0\0\0", 8);
  EXPECT_NO_THROW(Charsmap(trie + "ab" + '\0' + std::string(256, 'a') + '\0'));
  const Error error =
      testing::error_of([&] { Charsmap(trie + "ab" + '\0' + std::string(257, 'a')); });
  EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
  EXPECT_STREQ(error.what(),
               "precompiled_charsmap: a replacement has 257 bytes, at most 256 are possible");
}

TEST_F(HostileTokenizer, OneStepAddsSpecialTokens) {
  const auto golden = testing::golden("pipeline/unigram/tokenizer.json")["post_processor"];
  const nlohmann::json offsets = {{"type", "ByteLevel"}};
  const nlohmann::json roberta = {
      {"type", "RobertaProcessing"}, {"cls", {"<pad>", 0}}, {"sep", {"</s>", 1}}};
  EXPECT_EQ(with("post_processor", sequence("processors", {offsets, golden}))->encode("a").ids,
            with("post_processor", golden)->encode("a").ids);
  const Error error = testing::error_of([&] {
    with("post_processor", sequence("processors", {golden, offsets, roberta}));
  });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_NE(std::string(error.what()).find("'TemplateProcessing' and by 'RobertaProcessing'"),
            std::string::npos)
      << error.what();
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
