// The short way through tokenizer.json gives what the tree gives, or nothing.
#include <sightline/tokenizer_training.h>

#include "text/tokenizers/token_lists.h"

#include "base/json.h"
#include "text/tokenizers/clip_tokenizer.h"
#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr const char* kPlain = R"({"version": "1.0", "odd": ["}", "\"]", {"a": [1, 2.5e3, null]}],
  "model": {"type": "BPE", "vocab": {"b": 1, "a\"": 0, "é\\": 2}, "unk": null,
            "merges": ["a b", ["c", "d"], "\/ \t"]}, "last": true} )";

TEST(TokenLists, TakesTheListsOut) {
  const auto lists = read_token_lists(kPlain);
  ASSERT_TRUE(lists);
  EXPECT_EQ(lists->tokens, (std::vector<std::string>{"a\"", "b", "é\\"}));
  EXPECT_EQ(lists->merges, (MergeList{{"a", "b"}, {"c", "d"}, {"/", "\t"}}));
  json expected = json::parse(kPlain);
  expected["model"]["vocab"] = json::object();
  expected["model"]["merges"] = json::array();
  EXPECT_EQ(json::parse(lists->rest), expected);
  EXPECT_EQ(json::parse(read_token_lists(R"({"model":{"merges":["a b"],"vocab":{"a":0}}})")->rest),
            json::parse(R"({"model":{"merges":[],"vocab":{}}})"));
}

TEST(TokenLists, LeavesWhatIsUnusualToTheTree) {
  const auto text = [](const std::string& vocab, const std::string& merges) {
    return R"({"model":{"vocab":)" + vocab + R"(,"merges":)" + merges + "}}";
  };
  ASSERT_TRUE(read_token_lists(text(R"({"a":0,"b":1})", R"(["a b"])")));
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
    EXPECT_FALSE(read_token_lists(text(vocab, R"(["a b"])"))) << vocab;
  }
  for (const char* merges :
       {"{}", "[]", R"(["ab"])", R"(["a b c"])", R"([["a"]])", R"([["a","b","c"]])", R"([["a",1]])",
        "[1]", R"(["a b",])", R"(["a b" "c d"])", R"(["\u0061 b"])", "[\"a \xFF\"]", R"(["a b")",
        "["}) {
    EXPECT_FALSE(read_token_lists(text(R"({"a":0})", merges))) << merges;
  }
  // A key that is there twice: a tree has the last.
  for (const char* whole :
       {R"({"model":{"vocab":{"a":0},"vocab":{"a":0},"merges":["a b"]}})",
        R"({"model":{"vocab":{"a":0},"merges":["a b"]},"model":{}})",
        R"({"model":{"vocab":{"a":0},"merges":["a b"]}} x)", R"({"model":{"vocab":{"a":0}}})",
        R"([{"model":{"vocab":{"a":0},"merges":["a b"]}}])",
        R"({"vocab":{"a":0},"merges":["a b"]})",
        R"({"x":[,"model":{"vocab":{"a":0},"merges":["a b"]}})", "", "{}", "{\"a\":\"\\"}) {
    EXPECT_FALSE(read_token_lists(whole)) << whole;
  }
}

// Cut anywhere, changed anywhere: nothing is read that is not there, and what is accepted is what a
// tree reads.
TEST(TokenLists, AgreesWithTheTreeOnDamagedFiles) {
  const std::string whole = kPlain;
  for (size_t length = 0; length + 1 < whole.size(); ++length) {
    EXPECT_FALSE(read_token_lists(whole.substr(0, length))) << length;
  }
  int accepted = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const char other : std::string_view("\"\\{}[]:, 0a\x01\xC3")) {
      std::string changed = whole;
      changed[at] = other;
      const auto lists = read_token_lists(changed);
      if (!lists || !json::accept(lists->rest)) continue;
      ++accepted;
      const json tree = json::parse(changed, nullptr, false);
      ASSERT_FALSE(tree.is_discarded()) << at << " " << other;
      std::vector<std::string> tokens = tokens_by_id(tree["model"]["vocab"], "vocab");
      EXPECT_EQ(lists->tokens, tokens) << at << " " << other;
      EXPECT_EQ(lists->merges.size(), tree["model"]["merges"].size()) << at << " " << other;
    }
  }
  EXPECT_GT(accepted, 100);
}

using TokenListsOfFiles = testing::ScratchTest;

TEST_F(TokenListsOfFiles, BothWaysMakeTheSameTokenizer) {
  train_bpe(testing::sample_texts(), {.vocab_size = 540, .min_frequency = 2}, directory_);
  const std::string plain = read("tokenizer.json");
  ASSERT_TRUE(read_token_lists(plain));
  const auto by_lists = load_tokenizer(directory_);
  // The same file, written so that only the tree reads it.
  std::string numbered = plain;
  const size_t at = numbered.find("\"a\"");
  ASSERT_NE(at, std::string::npos);
  numbered.replace(at, 3, "\"\\u0061\"");
  ASSERT_FALSE(read_token_lists(numbered));
  write("tokenizer.json", numbered);
  const auto by_tree = load_tokenizer(directory_);
  EXPECT_EQ(by_lists->fingerprint(), by_tree->fingerprint());
  for (const std::string& text : testing::sample_texts()) {
    EXPECT_EQ(by_lists->encode(text).ids, by_tree->encode(text).ids);
  }
}

}  // namespace
}  // namespace sightline
