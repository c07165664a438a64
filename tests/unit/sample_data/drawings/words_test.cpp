#include "sample_data/drawings/words.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

TEST(SplitWords, SeparatesAtEverythingButLetters) {
  EXPECT_EQ(split_words("Dodge Neon (Green), 2nd"), (Words{"dodge", "neon", "green", "nd"}));
  EXPECT_EQ(split_words("hot_dog-03"), (Words{"hot", "dog"}));
  EXPECT_EQ(split_words(" 12 "), Words{});
}

TEST(SplitWords, RemovesAccentsAndApostrophes) {
  EXPECT_EQ(split_words("Caf\u00E9 \u00C5land"), (Words{"cafe", "aland"}));
  EXPECT_EQ(split_words("Cat's Grampa'n d'Aosta'"), (Words{"cat", "grampan", "daosta"}));
  EXPECT_EQ(split_words("cat's-eye"), (Words{"cat", "eye"}));
}

TEST(SplitWords, DividesCamelCase) {
  EXPECT_EQ(split_words("BlueMan USA aB"), (Words{"blue", "man", "usa", "a", "b"}));
}

TEST(Singular, RegularPlurals) {
  for (const auto& [plural, expected] :
       std::vector<std::pair<std::string, std::string>>{{"berries", "berry"},
                                                        {"boxes", "box"},
                                                        {"glasses", "glass"},
                                                        {"torches", "torch"},
                                                        {"cats", "cat"},
                                                        {"bus", "bus"},
                                                        {"grass", "grass"},
                                                        {"tennis", "tennis"},
                                                        {"gas", "gas"},
                                                        {"fish", "fish"}}) {
    EXPECT_EQ(singular(plural), expected);
  }
}

const Dictionary& dictionary() {
  static const Dictionary words(
      "apple\nheat\nheats\nink\nsink\nBolivia\nJohn\ncat\ncat's\nstar\nninja\nninjas\ntar\npine\n"
      "r\xC3\xA9sum\xC3\xA9\nsole\nox\n");
  return words;
}

TEST(Dictionary, KnowsWordsAndTheirPlurals) {
  for (const char* word : {"apple", "apples", "bolivia", "cat", "ox", "of"}) {
    EXPECT_TRUE(dictionary().knows(word)) << word;
  }
}

TEST(Dictionary, LeavesOutShortNamesAndForeignWords) {
  for (const char* word : {"john", "sole", "rsum", "le", "xy", ""}) {
    EXPECT_FALSE(dictionary().knows(word)) << word;
  }
}

TEST(Dictionary, DividesCompoundsWithTheShortestFirstWord) {
  EXPECT_EQ(dictionary().split_compound("heatsink"), (Words{"heat", "sink"}));
  EXPECT_EQ(dictionary().split_compound("ninjastar"), (Words{"ninja", "star"}));
  EXPECT_EQ(dictionary().split_compound("pineapple"), (Words{"pine", "apple"}));
  EXPECT_EQ(dictionary().split_compound("apples"), Words{"apples"});
  EXPECT_EQ(dictionary().split_compound("cattar"), Words{"cattar"});  // no word of 4 letters
  EXPECT_EQ(dictionary().split_compound("inkx"), Words{"inkx"});
}

}  // namespace
}  // namespace sightline
