#include "text/tokenizers/bpe.h"

#include <chrono>
#include <random>

#include "text/unicode/unicode.h"
#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

using testing::error_of;
using Merges = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> byte_tokens() {
  std::vector<std::string> tokens;
  for (const ByteSymbol& s : byte_symbols()) {
    tokens.emplace_back();
    unicode::append_utf8(s.symbol, tokens.back());
  }
  for (size_t i = 0; i < 256; ++i) tokens.push_back(tokens[i] + "</w>");
  return tokens;
}

BytePairModel make_model(const Merges& merges) {
  auto tokens = byte_tokens();
  for (const auto& [left, right] : merges) tokens.push_back(left + right);
  return BytePairModel(std::move(tokens), merges);
}

std::vector<std::string> encode(const BytePairModel& model, const std::string& word) {
  std::vector<int32_t> ids;
  model.encode_word(word, ids);
  std::vector<std::string> out;
  for (const int32_t id : ids) out.push_back(model.tokens()[id]);
  return out;
}

// The definition taken literally: while any pair has a rank, merge all occurrences of the lowest.
std::vector<std::string> encode_by_definition(const Merges& merges, const std::string& word) {
  std::vector<std::string> symbols;
  for (const char c : word) symbols.emplace_back(1, c);
  symbols.back() += "</w>";
  while (true) {
    size_t best = merges.size();
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      for (size_t rank = 0; rank < best; ++rank) {
        if (merges[rank] == std::pair(symbols[i], symbols[i + 1])) best = rank;
      }
    }
    if (best == merges.size()) return symbols;
    std::vector<std::string> merged;
    for (size_t i = 0; i < symbols.size(); ++i) {
      if (i + 1 < symbols.size() && merges[best] == std::pair(symbols[i], symbols[i + 1])) {
        merged.push_back(symbols[i] + symbols[i + 1]);
        ++i;
      } else {
        merged.push_back(symbols[i]);
      }
    }
    symbols = merged;
  }
}

TEST(ByteSymbols, HaveTheOrderOfClip) {
  const auto tokens = byte_tokens();
  EXPECT_EQ(tokens[0], "!");
  EXPECT_EQ(tokens[93], "~");
  EXPECT_EQ(tokens[94], "¡");
  EXPECT_EQ(tokens[188], "Ā");  // byte 0
  EXPECT_EQ(byte_symbols()[188].byte, 0);
  EXPECT_EQ(tokens[220], "Ġ");  // space
  EXPECT_EQ(tokens[256], "!</w>");
}

TEST(BytePairModel, LowestRankFirstNotLongest) {
  const auto model = make_model({{"b", "c</w>"}, {"a", "b"}, {"ab", "c</w>"}});
  EXPECT_EQ(encode(model, "abc"),
            (std::vector<std::string>{"a", "bc</w>"}));  // although "abc</w>" exists
  EXPECT_EQ(encode(model, "x"), (std::vector<std::string>{"x</w>"}));
  EXPECT_TRUE(encode(model, "").empty());
}

TEST(BytePairModel, MatchesTheDefinitionOnRandomMerges) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Merges merges;
    std::vector<std::string> known = {"a", "b", "c", "a</w>", "b</w>", "c</w>"};
    for (int i = 0; i < 12; ++i) {
      const std::string left = known[random() % known.size()],
                        right = known[random() % known.size()];
      if (left.ends_with("</w>") ||
          std::find(known.begin(), known.end(), left + right) != known.end())
        continue;
      merges.emplace_back(left, right);
      known.push_back(left + right);
    }
    std::shuffle(merges.begin(), merges.end(),
                 random);  // ranks need not match the order of construction
    const auto model = make_model(merges);
    for (int i = 0; i < 20; ++i) {
      std::string word;
      for (size_t n = 1 + random() % 24; n > 0; --n) word += static_cast<char>('a' + random() % 3);
      ASSERT_EQ(encode(model, word), encode_by_definition(merges, word)) << word;
    }
  }
}

TEST(BytePairModel, EncodesAMegabyteWordInSeconds) {
  const auto model = make_model({{"a", "a"}, {"aa", "aa"}, {"aaaa", "aaaa"}});
  const std::string word(1 << 20, 'a');
  std::vector<int32_t> ids;
  const auto start = std::chrono::steady_clock::now();
  model.encode_word(word, ids);
  EXPECT_LT(std::chrono::steady_clock::now() - start,
            std::chrono::seconds(20));        // takes 1 s without sanitizers
  EXPECT_EQ(ids.size(), (1u << 17) - 1 + 4);  // the last eight end in "a</w>": aaaa aa a a</w>
}

TEST(BytePairModel, ErrorsNameTheToken) {
  auto tokens = byte_tokens();
  tokens[5] = "!";
  EXPECT_NE(
      std::string(error_of([&] { BytePairModel(tokens, {}); }).what()).find("'!' is a duplicate"),
      std::string::npos);
  tokens[5] = "unrelated";
  EXPECT_NE(std::string(error_of([&] { BytePairModel(tokens, {}); }).what()).find("'&' is missing"),
            std::string::npos);
  const auto error = error_of([] { make_model({{"a", "b"}, {"a", "c"}, {"zz", "b"}}); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_data);
  EXPECT_NE(std::string(error.what()).find("left side of merge 3 ('zz b')"), std::string::npos)
      << error.what();
}

TEST(TokenBytes, DecodesByteSymbols) {
  EXPECT_EQ(token_bytes("cafÃ©</w>").bytes, "café");
  EXPECT_TRUE(token_bytes("cafÃ©</w>").ends_word);
  EXPECT_EQ(token_bytes("</w>").bytes, "</w>");  // a token of exactly these four characters
}

}  // namespace
}  // namespace sightline
