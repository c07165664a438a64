#include "sample_data/icons/match_emoji.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

using nlohmann::json;
using testing::TemporaryFolder;

class MatchEmoji : public ::testing::Test {
 protected:
  std::vector<std::string> match(const std::vector<Emoji>& table,
                                 const std::vector<std::string>& icons,
                                 const json& aliases = json::object(),
                                 const json& chars = json::object()) {
    json root = {{"aliases", aliases}};
    for (const auto& icon : icons) root["icons"][icon] = {{"body", "<g id='" + icon + "'/>"}};
    folder_.write("icons.json", root.dump());
    folder_.write("chars.json", chars.dump());
    folder_.write("info.json", R"({"license": {"title": "MIT"}})");
    return match_emoji(table, IconSet(folder_.path()));
  }
  TemporaryFolder folder_;
};

Emoji emoji(std::u32string sequence, std::string name) {
  return {std::move(sequence), std::move(name), "", "", ""};
}

using Names = std::vector<std::string>;

TEST_F(MatchEmoji, ByCodePointsWithoutPresentation) {
  const std::vector<Emoji> table = {emoji(U"\u2764\uFE0F", "red heart"),
                                    emoji(U"\U0001F469\u200D\U0001F680", "woman astronaut")};
  EXPECT_EQ(match(table, {"heart", "rocketeer"}, json::object(),
                  {{"2764", "heart"}, {"1F469-FE0F-200D-1F680", "rocketeer"}, {"1f600", "gone"}}),
            (Names{"heart", "rocketeer"}));
}

TEST_F(MatchEmoji, CodePointsComeBeforeNames) {
  const std::vector<Emoji> table = {emoji(U"\U0001F98A", "fox")};
  EXPECT_EQ(match(table, {"fox", "x"}, json::object(), {{"1f98a", "x"}}), (Names{"x"}));
  EXPECT_EQ(match(table, {"fox", "x"}, json::object(), {{"1f98a", "gone"}}), (Names{"fox"}));
}

TEST_F(MatchEmoji, ByNameOfCldrOrOfTheCharacter) {
  const std::vector<Emoji> table = {emoji(U"\U0001F44B\U0001F3FF", "waving hand: dark skin tone"),
                                    emoji(U"\U0001F600", "beaming"),  // GRINNING FACE
                                    emoji(U"\U0001FA85", "pi\u00F1ata"),
                                    emoji(U"\U0001F1EB\U0001F1EE", "flag: Finland")};
  EXPECT_EQ(match(table, {"waving-hand-dark-skin-tone", "grinningface", "pinata",
                          "flag-for-finland", "unicorn"}),
            (Names{"waving-hand-dark-skin-tone", "grinningface", "pinata", "flag-for-finland"}));
  EXPECT_EQ(match(table, {"piata"})[2], "piata");
}

TEST_F(MatchEmoji, NamesOfSeveralEmojiAreNotUsed) {
  const std::vector<Emoji> table = {emoji(U"#\u20E3", "keycap: #"), emoji(U"*\u20E3", "keycap: *")};
  EXPECT_EQ(match(table, {"keycap"}), (Names{"", ""}));
}

TEST_F(MatchEmoji, AnAliasOfAUsedIconIsNot) {
  const std::vector<Emoji> table = {emoji(U"\U0001F53C", "upwards button"),
                                    emoji(U"\U0001F199", "UP! button"),
                                    emoji(U"\U0001F3AF", "bullseye")};
  EXPECT_EQ(match(table, {"upwards-button", "direct-hit"},
                  {{"up-button", {{"parent", "upwards-button"}}},
                   {"bullseye", {{"parent", "direct-hit"}}}}),
            (Names{"upwards-button", "", "bullseye"}));
}

}  // namespace
}  // namespace sightline
