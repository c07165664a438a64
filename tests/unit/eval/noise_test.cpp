// Noise on captions: the effect of each kind, reproducibility, and valid UTF-8.
#include "eval/noise.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cctype>
#include <set>
#include <sstream>

#include "eval/typo.h"
#include "text/unicode/letter_case.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

const std::vector<std::string> kCaptions = {
    "a drawing of a pink pokemon with wings flying in the sky",
    "Mouth open",
    "x",
    "  two  blanks\tand a tab ",
    "ein Käse für die Größe",
    "cafe\u0301 nai\u0308ve",  // combining marks
    "नमस्ते दुनिया",              // vowel signs and a virama
    "猫が好き",                // no white space
    "👍🏽 thumbs-up: medium skin tone 👩‍🚀",
    "«кот» — это 42",
};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// Returns a caption of n different words.
std::string long_caption(int n) {
  std::string text;
  for (int i = 0; i < n; ++i) text += (i ? " word" : "word") + std::to_string(i);
  return text;
}

TEST(Noise, StrengthZeroKeepsEveryByte) {
  for (const NoiseKind kind : all_noise_kinds()) {
    for (const std::string& caption : kCaptions) EXPECT_EQ(add_noise(kind, caption, 0, 1), caption);
    EXPECT_EQ(add_noise(kind, "a\xff b", 0, 1), "a\xff b");
    EXPECT_EQ(add_noise(kind, "", 1, 1), "");
    EXPECT_EQ(add_noise(kind, " \t ", 1, 1), " \t ");
  }
}

TEST(Noise, IsAFunctionOfSeedKindAndCaption) {
  const std::string caption = long_caption(40);
  std::set<std::string> all;
  for (const NoiseKind kind : all_noise_kinds()) {
    const std::string noisy = add_noise(kind, caption, 0.5, 7);
    EXPECT_EQ(add_noise(kind, caption, 0.5, 7), noisy);
    EXPECT_NE(add_noise(kind, caption, 0.5, 8), noisy);
    EXPECT_NE(noisy, caption);
    all.insert(noisy);
  }
  EXPECT_EQ(all.size(), all_noise_kinds().size());
}

// Must not differ between machines or versions, because reported metrics depend on it. The random
// draws were computed independently with Python integers.
TEST(Noise, IsStableAcrossVersions) {
  const std::string caption = "mouth open in the sky";
  EXPECT_EQ(add_noise(NoiseKind::noise_words, caption, 0.5, 1),
            "mouth qttjglvf open kvrnecosgu in the sky");
  EXPECT_EQ(add_noise(NoiseKind::typos, caption, 0.5, 1), "muoth open in the ssky");
  EXPECT_EQ(add_noise(NoiseKind::dropped_words, caption, 0.5, 1), "mouth the sky");
  EXPECT_EQ(add_noise(NoiseKind::random_case, caption, 1, 1), "MOutH OPEn in ThE sky");
}

TEST(Noise, ChangesTheRequestedShareOfWords) {
  const std::string caption = long_caption(4000);
  const auto clean = words_of(caption);
  for (const double strength : {0.1, 0.3, 0.5, 1.0}) {
    const auto added =
        words_of(add_noise(NoiseKind::noise_words, caption, strength, 1)).size() - clean.size();
    EXPECT_NEAR(static_cast<double>(added) / 4000, strength, 0.03);
    const auto left = words_of(add_noise(NoiseKind::dropped_words, caption, strength, 1)).size();
    EXPECT_NEAR(static_cast<double>(left) / 4000, 1 - strength, 0.03);
    const auto typed = words_of(add_noise(NoiseKind::typos, caption, strength, 1));
    ASSERT_EQ(typed.size(), clean.size());
    int changed = 0;
    for (size_t i = 0; i < clean.size(); ++i) changed += typed[i] != clean[i];
    EXPECT_NEAR(changed / 4000.0, strength, 0.03);
  }
}

TEST(Noise, WeakerNoiseIsASubsetOfStrongerNoise) {
  const std::string caption = long_caption(300);
  const auto clean = words_of(caption);
  const auto weak = words_of(add_noise(NoiseKind::typos, caption, 0.2, 1));
  const auto strong = words_of(add_noise(NoiseKind::typos, caption, 0.5, 1));
  for (size_t i = 0; i < clean.size(); ++i) {
    if (weak[i] != clean[i]) {
      EXPECT_EQ(strong[i], weak[i]);
    }
  }
}

TEST(Noise, NeverBreaksUtf8OrBlanksACaption) {
  std::vector<std::string> captions = kCaptions;
  captions.push_back("bad\xff\xfe bytes \xed\xa0\x80 here");
  for (const NoiseKind kind : all_noise_kinds()) {
    for (const std::string& caption : captions) {
      for (uint64_t seed = 1; seed <= 200; ++seed) {
        const std::string noisy = add_noise(kind, caption, 1, seed);
        EXPECT_TRUE(unicode::is_valid_utf8(noisy)) << noise_name(kind) << ": " << noisy;
        EXPECT_FALSE(words_of(noisy).empty()) << noise_name(kind) << ": " << caption;
      }
    }
  }
}

TEST(Noise, NoiseWordsFollowTheirWord) {
  const auto words = words_of(add_noise(NoiseKind::noise_words, "mouth open", 1, 1));
  ASSERT_EQ(words.size(), 4u);
  EXPECT_EQ(words[0], "mouth");
  EXPECT_EQ(words[2], "open");
  for (const size_t i : {1u, 3u}) {
    EXPECT_GE(words[i].size(), 4u);
    EXPECT_LE(words[i].size(), 13u);
    for (const char c : words[i]) EXPECT_TRUE(c >= 'a' && c <= 'z') << words[i];
  }
}

TEST(Noise, OneWordAlwaysRemainsAndWhiteSpaceIsKept) {
  std::set<std::string> left;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    left.insert(add_noise(NoiseKind::dropped_words, "\tone two  three ", 1, seed));
  }
  EXPECT_EQ(left, (std::set<std::string>{"\tone ", "\ttwo ", "\tthree "}));
}

TEST(Noise, Casing) {
  const std::string caption = "a Käse's GRÖSSE, ǆ σίσυφος";
  EXPECT_EQ(add_noise(NoiseKind::upper_case, caption, 1, 1), "A KÄSE'S GRÖSSE, Ǆ ΣΊΣΥΦΟΣ");
  EXPECT_EQ(add_noise(NoiseKind::title_case, caption, 1, 1), "A Käse's Grösse, Ǆ Σίσυφος");
  EXPECT_EQ(add_noise(NoiseKind::title_case, "(hello)", 1, 1), "(Hello)");
  const std::string mixed = add_noise(NoiseKind::random_case, long_caption(50), 1, 1);
  int upper = 0, letters = 0;
  for (const char c : mixed) {
    upper += c >= 'A' && c <= 'Z';
    letters += std::isalpha(static_cast<unsigned char>(c)) != 0;
  }
  EXPECT_NEAR(upper, letters / 2.0, letters / 5.0);
}

TEST(Noise, UpperIsTheInverseOfLower) {
  EXPECT_EQ(unicode::to_upper(U'z'), U'Z');
  EXPECT_EQ(unicode::to_upper(U'Z'), U'Z');
  EXPECT_EQ(unicode::to_upper(U'7'), U'7');
  EXPECT_EQ(unicode::to_upper(U'ß'), U'ẞ');
  EXPECT_EQ(unicode::to_upper(U'ς'), U'Σ');
  EXPECT_EQ(unicode::to_upper(U'k'), U'K');  // not U+212A, whose lower case is k too
}

// Returns all results of a single typo in `word`.
std::set<std::string> typos_of(const std::u32string& word, int tries = 4000) {
  std::set<std::string> found;
  for (int i = 0; i < tries; ++i) {
    Random random({static_cast<uint64_t>(i)});
    found.insert(unicode::encode_utf8(with_typo(word, random)));
  }
  return found;
}

TEST(Typo, AllFourKinds) {
  EXPECT_EQ(typos_of(U"ab"), (std::set<std::string>{"ba", "a", "b", "aab", "abb", "qb", "wb", "sb",
                                                    "zb", "ag", "ah", "av", "an"}));
  EXPECT_EQ(typos_of(U"X"), (std::set<std::string>{"XX", "S", "D", "Z", "C"}));
}

TEST(Typo, PunctuationIsUnchanged) {
  EXPECT_EQ(typos_of(U"--!"), std::set<std::string>{"--!"});
  for (const std::string& typo : typos_of(U"(é)")) {
    EXPECT_TRUE(typo == "(éé)") << typo;  // the only letter, and not on the US keyboard
  }
}

TEST(Typo, MarksMoveWithTheirLetter) {
  EXPECT_EQ(
      typos_of(U"e\u0301и"),
      (std::set<std::string>{"иe\u0301", "и", "e\u0301", "e\u0301e\u0301и", "e\u0301ии", "3\u0301и",
                             "4\u0301и", "w\u0301и", "r\u0301и", "s\u0301и", "d\u0301и"}));
}

TEST(Noise, NamesRoundTrip) {
  for (const NoiseKind kind : all_noise_kinds())
    EXPECT_EQ(parse_noise_kind(noise_name(kind)), kind);
  EXPECT_THROW(parse_noise_kind("typo"), Error);
  EXPECT_THROW(add_noise(NoiseKind::typos, "a", 1.5, 1), Error);
  EXPECT_THROW(add_noise(NoiseKind::typos, "a", -0.1, 1), Error);
}

}  // namespace
}  // namespace sightline
