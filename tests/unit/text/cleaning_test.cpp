
#include "text/cleaning/clean_openai.h"
#include "text/cleaning/html_unescape.h"
#include "text/tokenizers/clip_tokenizer.h"
#include "text/tokenizers/split.h"
#include "text/unicode/unicode.h"
#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

using testing::golden;

std::string fixed(const std::string& text) {
  return unicode::encode_utf8(fix_text(unicode::decode_utf8(text)));
}

std::vector<std::string> words(const std::string& text, TokenizerProfile profile) {
  const std::u32string decoded = unicode::decode_utf8(text);
  std::vector<std::string> out;
  split_words(decoded, profile, [&](size_t begin, size_t end) {
    out.push_back(unicode::encode_utf8(std::u32string_view(decoded).substr(begin, end - begin)));
    return true;
  });
  return out;
}

TEST(Cleaning, MatchesTheReferences) {
  const auto rows = golden("cleaning.json");
  ASSERT_GE(rows.size(), 500u);
  for (const auto& row : rows) {
    const auto text = row["text"].get<std::string>();
    EXPECT_EQ(unicode::encode_utf8(clean_text(text, TokenizerProfile::hf)),
              row["hf"].get<std::string>())
        << text;
    EXPECT_EQ(unicode::encode_utf8(clean_text(text, TokenizerProfile::openai)),
              row["openai"].get<std::string>())
        << text;
  }
}

// Examples from ftfy's documentation, one per repair.
TEST(FixText, DocumentedExamples) {
  EXPECT_EQ(fixed("âœ” No problems"), "✔ No problems");
  EXPECT_EQ(fixed("voilÃ  le travail"), "voilà le travail");
  EXPECT_EQ(fixed("&macr;\\_(ã\xC2\x83\xC2\x84)_/&macr;"), "¯\\_(ツ)_/¯");
  EXPECT_EQ(fixed("Broken text&hellip; it&#x2019;s ﬂubberiﬁc!"), "Broken text… it's flubberific!");
  EXPECT_EQ(fixed("ＬＯＵＤ　ＮＯＩＳＥＳ"), "LOUD NOISES");
  EXPECT_EQ(fixed("\x1B[36;44mI'm blue\x1B[0m"), "I'm blue");
  EXPECT_EQ(fixed("P&EACUTE;REZ"), "PÉREZ");
  EXPECT_EQ(fixed("<b>&lt;</b>"), "<b>&lt;</b>");  // entities in HTML are kept
}

TEST(HtmlUnescape, FollowsTheStandard) {
  EXPECT_EQ(html_unescape(U"&lt;&notit;&notin;&copy2&#x80;&#0;&#xD800;&#1;&#99999999999;&#x;&"),
            U"<¬it;∉©2€\uFFFD\uFFFD\uFFFD&#x;&");
  EXPECT_EQ(unescape_entities(U"this&not that &amp; &NTILDE; &nTILDE;"),
            U"this&not that & Ñ &nTILDE;");
}

TEST(FixText, NestedEntitiesTakeLinearTime) {
  std::u32string text = U"&";
  for (int i = 0; i < 100'000; ++i) text += U"amp;";
  const std::u32string result = fix_text(text);  // unlimited: 10^5 rounds over 4 * 10^5 characters
  EXPECT_LT(result.size(), text.size());
}

TEST(FixText, LinesShareOneRepairBudget) {
  std::u32string line = U"&";
  for (int i = 0; i < 900; ++i) line += U"amp;";
  EXPECT_EQ(fix_text(line), U"&");
  std::u32string text;
  for (int i = 0; i < 30; ++i) text += line + U"\n";
  const std::u32string result = fix_text(text);
  EXPECT_TRUE(result.starts_with(U"&\n&\n"));  // the first lines are repaired completely
  EXPECT_GT(result.size(), 30'000u);           // the last ones only partly
}

TEST(SplitWords, SplitsContractionsLettersDigitsAndOthers) {
  const std::vector<std::string> expected = {"it", "'s", "1", "2", "!?", "don",
                                             "'t", "'",  "x", "a", "'",  "b"};
  EXPECT_EQ(words("it's 12 !?don't 'x a'b", TokenizerProfile::hf), expected);
}

TEST(SplitWords, ProfilesDifferInCaseInsensitiveMatches) {
  EXPECT_EQ(words("'ſx", TokenizerProfile::openai), (std::vector<std::string>{"'ſ", "x"}));
  EXPECT_EQ(words("'ſx", TokenizerProfile::hf), (std::vector<std::string>{"'", "ſx"}));
  EXPECT_EQ(words("!\u0345!", TokenizerProfile::openai), (std::vector<std::string>{"!", "!"}));
  EXPECT_EQ(words("!\u0345!", TokenizerProfile::hf), (std::vector<std::string>{"!\u0345!"}));
}

}  // namespace
}  // namespace sightline
