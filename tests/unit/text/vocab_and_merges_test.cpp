// The fast reader of tokenizer.json returns what the full parser returns, or none.
#include <sightline/tokenizer_training.h>

#include "text/tokenizers/vocab_and_merges.h"

#include "base/json.h"
#include "text/tokenizers/clip_tokenizer.h"
#include "text/tokenizers/tokenizer_json.h"
#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr const char* kPlain = R"({"version": "1.0", "odd": ["}", "\"]", {"a": [1, 2.5e3, null]}],
  "model": {"type": "BPE", "vocab": {"b": 1, "a\"": 0, "é\\": 2}, "unk": null,
            "merges": ["a b", ["c", "d"], "\/ \t"]}, "last": true} )";

TEST(VocabAndMerges, ExtractsVocabularyAndMerges) {
  const auto parsed = read_vocab_and_merges(kPlain);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->tokens, (std::vector<std::string>{"a\"", "b", "é\\"}));
  EXPECT_EQ(parsed->merges, (MergeList{{"a", "b"}, {"c", "d"}, {"/", "\t"}}));
  json expected = json::parse(kPlain);
  expected["model"]["vocab"] = json::object();
  expected["model"]["merges"] = json::array();
  EXPECT_EQ(json::parse(parsed->rest), expected);
  EXPECT_EQ(
      json::parse(read_vocab_and_merges(R"({"model":{"merges":["a b"],"vocab":{"a":0}}})")->rest),
      json::parse(R"({"model":{"merges":[],"vocab":{}}})"));
}

TEST(VocabAndMerges, LeavesUnusualFilesToTheFullParser) {
  const auto text = [](const std::string& vocab, const std::string& merges) {
    return R"({"model":{"vocab":)" + vocab + R"(,"merges":)" + merges + "}}";
  };
  ASSERT_TRUE(read_vocab_and_merges(text(R"({"a":0,"b":1})", R"(["a b"])")));
  for (const char* vocab : {"[]",
                            "{}",
                            R"({"a":1})",
                            R"({"a":0,"b":0})",
                            R"({"a":-0})",
                            R"({"a":00})",
                            R"({"a":0.0})",
                            R"({"a":0e0})",
                            R"({"a":0,})",
                            R"({"a":0 "b":1})",
                            R"({"a" 0})",
                            R"({a:0})",
                            R"({"a":"0"})",
                            R"({"\u0061":0})",
                            R"({"\x":0})",
                            "{\"a\n\":0}",
                            "{\"\xC3\":0}",
                            "{\"\xED\xA0\x80\":0}",
                            R"({"a":12345678})",
                            R"({"a":0)",
                            R"({"a)",
                            "{",
                            "null"}) {
    EXPECT_FALSE(read_vocab_and_merges(text(vocab, R"(["a b"])"))) << vocab;
  }
  for (const char* merges :
       {"{}", "[]", R"(["ab"])", R"(["a b c"])", R"([["a"]])", R"([["a","b","c"]])", R"([["a",1]])",
        "[1]", R"(["a b",])", R"(["a b" "c d"])", R"(["\u0061 b"])", "[\"a \xFF\"]", R"(["a b")",
        "["}) {
    EXPECT_FALSE(read_vocab_and_merges(text(R"({"a":0})", merges))) << merges;
  }
  // Duplicate keys: the full parser keeps the last one.
  for (const char* file :
       {R"({"model":{"vocab":{"a":0},"vocab":{"a":0},"merges":["a b"]}})",
        R"({"model":{"vocab":{"a":0},"merges":["a b"]},"model":{}})",
        R"({"model":{"vocab":{"a":0},"merges":["a b"]}} x)", R"({"model":{"vocab":{"a":0}}})",
        R"([{"model":{"vocab":{"a":0},"merges":["a b"]}}])",
        R"({"vocab":{"a":0},"merges":["a b"]})",
        R"({"x":[,"model":{"vocab":{"a":0},"merges":["a b"]}})", "", "{}", "{\"a\":\"\\"}) {
    EXPECT_FALSE(read_vocab_and_merges(file)) << file;
  }
}

// Truncates the file at each position and changes each character: reads never go out of bounds, and
// accepted files are read as by the full parser.
TEST(VocabAndMerges, MatchesTheFullParserOnDamagedFiles) {
  const std::string text = kPlain;
  for (size_t length = 0; length + 1 < text.size(); ++length) {
    EXPECT_FALSE(read_vocab_and_merges(text.substr(0, length))) << length;
  }
  int accepted = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char other : std::string_view("\"\\{}[]:, 0a\x01\xC3")) {
      std::string changed = text;
      changed[at] = other;
      const auto parsed = read_vocab_and_merges(changed);
      if (!parsed || !json::accept(parsed->rest)) continue;
      ++accepted;
      const json tree = json::parse(changed, nullptr, false);
      ASSERT_FALSE(tree.is_discarded()) << at << " " << other;
      std::vector<std::string> tokens = tokens_by_id(tree["model"]["vocab"], "vocab");
      EXPECT_EQ(parsed->tokens, tokens) << at << " " << other;
      EXPECT_EQ(parsed->merges.size(), tree["model"]["merges"].size()) << at << " " << other;
    }
  }
  EXPECT_GT(accepted, 100);
}

using VocabAndMergesOfFiles = testing::ScratchTest;

TEST_F(VocabAndMergesOfFiles, BothReadersMakeTheSameTokenizer) {
  train_bpe(testing::sample_texts(), {.vocab_size = 540, .min_frequency = 2}, directory_);
  const std::string plain = read("tokenizer.json");
  ASSERT_TRUE(read_vocab_and_merges(plain));
  const auto fast = load_tokenizer(directory_);
  // The same file with an escape that only the full parser reads.
  std::string escaped = plain;
  const size_t at = escaped.find("\"a\"");
  ASSERT_NE(at, std::string::npos);
  escaped.replace(at, 3, "\"\\u0061\"");
  ASSERT_FALSE(read_vocab_and_merges(escaped));
  write("tokenizer.json", escaped);
  const auto full = load_tokenizer(directory_);
  EXPECT_EQ(fast->fingerprint(), full->fingerprint());
  for (const std::string& text : testing::sample_texts()) {
    EXPECT_EQ(fast->encode(text).ids, full->encode(text).ids);
  }
}

}  // namespace
}  // namespace sightline
