#include <gtest/gtest.h>
#include <sightline/emoji_dataset.h>

#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "sample_data/emoji/emoji_split.h"
#include "sample_data/emoji/emoji_table.h"
#include "unit/data/rows.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::error_of;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;

TEST(EmojiTable, ReadsFullyQualifiedEntriesWithGroups) {
  const auto table = parse_emoji_test(
      "# group: Smileys & Emotion\n# subgroup: face-smiling\n"
      "1F600    ; fully-qualified     # \xF0\x9F\x98\x80 E1.0 grinning face\n"
      "263A     ; unqualified         # x E0.6 smiling face\n"
      "263A FE0F ; fully-qualified    # x E0.6 smiling face: E5 #1\n",
      "t");
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[0].name, "grinning face");
  EXPECT_EQ(table[0].group, "Smileys & Emotion");
  EXPECT_EQ(table[0].subgroup, "face-smiling");
  EXPECT_EQ(table[1].sequence, U"\u263A\uFE0F");
  EXPECT_EQ(table[1].name, "smiling face: E5 #1");
  EXPECT_EQ(hex_name(table[1].sequence), "263a-fe0f");
  EXPECT_EQ(to_utf8(table[0].sequence), "\xF0\x9F\x98\x80");
}

TEST(EmojiTable, InvalidLinesAreErrors) {
  for (const char* line : {"1F600 fully-qualified", "XYZ ; fully-qualified # x E1 n",
                           "110000 ; fully-qualified # x E1 n", "1F600 ; fully-qualified # x"}) {
    EXPECT_EQ(error_of([&] { parse_emoji_test(line, "t"); })->code(), ErrorCode::invalid_data)
        << line;
  }
}

TEST(EmojiTable, ReadsKeywordsNotNames) {
  std::map<std::string, std::string> keywords;
  parse_annotations(
      "<annotation cp=\"&amp;\">and | et</annotation>\n"
      "<annotation cp=\"&amp;\" type=\"tts\">ampersand</annotation>\n"
      "<annotation cp=\"x\">a &lt; b</annotation><annotation cp=\"broken\"",
      keywords);
  EXPECT_EQ(keywords, (std::map<std::string, std::string>{{"&", "and | et"}, {"x", "a < b"}}));
}

TEST(EmojiFamily, VariantsOfAnEmojiHaveTheSameKey) {
  const std::vector<std::vector<std::u32string>> families = {
      {U"\U0001F44B", U"\U0001F44B\U0001F3FB", U"\U0001F44B\U0001F3FF"},  // waving hand
      {U"\U0001F9D1", U"\U0001F468", U"\U0001F469\U0001F3FD", U"\U0001F468\u200D\U0001F9B0",
       U"\U0001F471\U0001F3FB\u200D\u2640\uFE0F", U"\U0001F9D4"},                // a person
      {U"\U0001F9D1\u200D\U0001F680", U"\U0001F469\U0001F3FC\u200D\U0001F680"},  // astronaut
      {U"\U0001F575\uFE0F", U"\U0001F575\U0001F3FB\u200D\u2642\uFE0F"},          // detective
      {U"\U0001F46B", U"\U0001F46D\U0001F3FB",
       U"\U0001F9D1\U0001F3FB\u200D\U0001F91D\u200D\U0001F9D1\U0001F3FF"},  // holding hands
      {U"\U0001F48F", U"\U0001F469\u200D\u2764\uFE0F\u200D\U0001F48B\u200D\U0001F468"},
      {U"\U0001F491", U"\U0001F468\u200D\u2764\uFE0F\u200D\U0001F468"},
      {U"\U0001F46A", U"\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"},
      {U"\U0001F91D", U"\U0001FAF1\U0001F3FB\u200D\U0001FAF2\U0001F3FF"},  // handshake
      {U"\U0001F385", U"\U0001F936", U"\U0001F9D1\u200D\U0001F384"},       // Claus
      {U"\u2640\uFE0F"},
      {U"\u2642\uFE0F"},  // signs alone
      {U"\U0001F1E9\U0001F1EA"},
      {U"\U0001F1EB\U0001F1F7"}};  // flags
  std::set<std::u32string> keys;
  for (const auto& family : families) {
    for (const auto& member : family) {
      EXPECT_EQ(family_key(member), family_key(family[0])) << hex_name(member);
    }
    EXPECT_TRUE(keys.insert(family_key(family[0])).second) << hex_name(family[0]);
  }
}

// 400 families; every fourth has three skin-tone variants.
std::vector<Emoji> synthetic_table() {
  std::vector<Emoji> table;
  for (char32_t i = 0; i < 400; ++i) {
    const char32_t base = 0x1F600 + i;
    table.push_back({{base}, "e" + std::to_string(i), "g", "s", ""});
    for (char32_t tone = 0; tone < (i % 4 == 0 ? 3 : 0); ++tone) {
      table.push_back(
          {{base, 0x1F3FB + tone}, "t" + std::to_string(tone) + std::to_string(i), "g", "s", ""});
    }
  }
  return table;
}
std::vector<uint32_t> different_glyphs(size_t count) {
  std::vector<uint32_t> glyphs(count);
  for (size_t i = 0; i < count; ++i) glyphs[i] = static_cast<uint32_t>(i + 1);
  return glyphs;
}

TEST(EmojiSplit, HoldsOutExactCountsAndWholeFamilies) {
  const auto table = synthetic_table();
  const auto result = split_emoji(table, different_glyphs(table.size()), 60, 33);
  std::map<Split, int> counts;
  std::map<size_t, std::set<bool>> novel_in_family;
  for (size_t i = 0; i < table.size(); ++i) {
    ++counts[result.split[i]];
    novel_in_family[result.first[i]].insert(result.split[i] == Split::novel);
  }
  EXPECT_EQ(counts[Split::test], 60);
  EXPECT_EQ(counts[Split::novel], 33);
  EXPECT_EQ(novel_in_family.size(), 400u);
  for (const auto& [family, states] : novel_in_family) EXPECT_EQ(states.size(), 1u) << family;
}

TEST(EmojiSplit, EqualGlyphsAreOneFamily) {
  const auto table = synthetic_table();
  auto glyphs = different_glyphs(table.size());
  glyphs.back() = glyphs.front();
  const auto result = split_emoji(table, glyphs, 60, 33);
  EXPECT_EQ(result.first.back(), result.first.front());
}

TEST(EmojiSplit, AddingAnEmojiMovesFewRows) {
  const auto table = synthetic_table();
  const auto before = split_emoji(table, different_glyphs(table.size()), 60, 33);
  auto larger = table;
  larger.push_back({U"\U0001FAE8", "new", "g", "s", ""});
  const auto after = split_emoji(larger, different_glyphs(larger.size()), 60, 33);
  int moved = 0;
  for (size_t i = 0; i < table.size(); ++i) moved += before.split[i] != after.split[i];
  EXPECT_LE(moved, 8);
}

TEST(EmojiSplit, TooFewRowsIsAnError) {
  const auto table = synthetic_table();
  EXPECT_EQ(error_of([&] { split_emoji(table, different_glyphs(table.size()), 690, 33); })->code(),
            ErrorCode::invalid_argument);
}

TEST(EmojiDataset, NamesMissingPackages) {
  const TemporaryFolder folder;
  EmojiSources sources;
  sources.font = folder.path() / "a.ttf";
  sources.names = folder.path() / "emoji-test.txt";
  sources.annotations = folder.path();
  const auto error = error_of([&] { make_emoji_dataset(folder.path() / "out", {}, sources); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::not_found);
  EXPECT_NE(
      std::string(error->what()).find("fonts-noto-color-emoji unicode-data unicode-cldr-core"),
      std::string::npos);
  EXPECT_FALSE(fs::exists(folder.path() / "out"));
}

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class EmojiFromPackages : public ::testing::Test {
 protected:
  void SetUp() override {
    const EmojiSources sources;
    if (!fs::exists(sources.font) || !fs::exists(sources.names) ||
        !fs::exists(sources.annotations)) {
      GTEST_SKIP() << "needs fonts-noto-color-emoji, unicode-data and unicode-cldr-core";
    }
  }
};

TEST_F(EmojiFromPackages, GeneratesTheWholeDataSet) {
  const TemporaryFolder folder;
  const fs::path set = folder.path() / "emoji";
  const auto made = make_emoji_dataset(set);
  EXPECT_FALSE(made.already_there);
  EXPECT_EQ(made.test, kEmojiTestRows);
  EXPECT_EQ(made.novel, kEmojiNovelRows);
  EXPECT_GE(made.train + made.test + made.novel, 3500);
  EXPECT_EQ(made.parquet, has_parquet());

  const auto rows = read_all(set);
  std::set<std::string> captions;
  std::map<std::string, std::set<std::string>> family_splits;
  std::map<std::string, int64_t> counts;
  for (const auto& row : rows) {
    ASSERT_FALSE(row.error) << row.id << *row.error;
    ASSERT_EQ(row.captions.size(), 1u);
    EXPECT_TRUE(captions.insert(row.captions[0]).second) << row.captions[0];
    EXPECT_FALSE(row.extra.at("keywords").empty());
    family_splits[row.extra.at("base")].insert(row.extra.at("split"));
    ++counts[row.extra.at("split")];
  }
  EXPECT_EQ(counts, (std::map<std::string, int64_t>{
                        {"train", made.train}, {"test", made.test}, {"novel", made.novel}}));
  for (const auto& [base, splits] : family_splits) {
    EXPECT_TRUE(splits.size() == 1 || !splits.contains("novel")) << base;
  }
  DatasetOptions held_out;
  held_out.split = "test,novel";
  EXPECT_EQ(open_dataset(set, held_out)->size(), 833);
  EXPECT_EQ(read_all(set, held_out).size(), 833u);

  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(make_emoji_dataset(set).already_there);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));

  // A missing image is detected, and the data set is generated again with identical bytes.
  const std::string lines = content(set / "metadata.jsonl"),
                    image = content(set / "images/1f600.png");
  fs::remove(set / "images" / "1f600.png");
  EXPECT_FALSE(make_emoji_dataset(set).already_there);
  EXPECT_EQ(content(set / "metadata.jsonl"), lines);
  EXPECT_EQ(content(set / "images/1f600.png"), image);

  if (!has_parquet()) GTEST_SKIP() << "the Parquet checks need libsightline_parquet.so";
  const auto from_parquet = read_all(set / "parquet", held_out);
  ASSERT_EQ(from_parquet.size(), 833u);
  std::map<std::string, const Row*> by_name;
  for (const auto& row : rows) by_name[row.captions[0]] = &row;
  for (const auto& row : from_parquet) {
    ASSERT_FALSE(row.error) << *row.error;
    const Row& other = *by_name.at(row.captions[0]);
    EXPECT_EQ(row.image, other.image);
    EXPECT_EQ(row.extra.at("keywords"), other.extra.at("keywords"));
    EXPECT_EQ("images/" + row.extra.at("path"), other.id);
  }
}

TEST_F(EmojiFromPackages, RejectsFoldersWithOtherFiles) {
  const TemporaryFolder folder;
  folder.write("mine.txt", "x");
  EXPECT_EQ(error_of([&] { make_emoji_dataset(folder.path()); })->code(),
            ErrorCode::invalid_argument);
  using Files = std::filesystem::directory_iterator;
  EXPECT_EQ(std::distance(Files(folder.path()), Files()), 1);  // nothing was written
}

// Other projects may also have a manifest.json next to their images.
TEST_F(EmojiFromPackages, RejectsFoldersWithAnotherManifest) {
  for (const char* manifest : {"{\"complete\": true, \"name\": \"app\"}", "{\"complete\": \"yes\"}",
                               "{\"made_by\": 7}", "[]", "no JSON"}) {
    const TemporaryFolder folder;
    folder.write("manifest.json", manifest);
    folder.write("images/1f600.png", "mine");
    folder.write("parquet/mine.parquet", "mine");
    const auto error = error_of([&] { make_emoji_dataset(folder.path()); });
    ASSERT_TRUE(error) << manifest;
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_EQ(content(folder.path() / "images/1f600.png"), "mine");
    EXPECT_EQ(content(folder.path() / "parquet/mine.parquet"), "mine");
    EXPECT_EQ(content(folder.path() / "manifest.json"), manifest);
  }
}

TEST_F(EmojiFromPackages, RegeneratingKeepsOtherFiles) {
  const TemporaryFolder folder;
  folder.write("manifest.json", "{\"made_by\": \"sightline dataset emoji\", \"complete\": false}");
  folder.write("images/0000.png", "of an earlier call");
  folder.write("images/holiday.png", "mine");
  folder.write("parquet/mine.parquet", "mine");
  EXPECT_FALSE(make_emoji_dataset(folder.path()).already_there);
  EXPECT_FALSE(fs::exists(folder.path() / "images/0000.png"));
  EXPECT_EQ(content(folder.path() / "images/holiday.png"), "mine");
  EXPECT_EQ(content(folder.path() / "parquet/mine.parquet"), "mine");
  EXPECT_TRUE(make_emoji_dataset(folder.path()).already_there);
}

}  // namespace
}  // namespace sightline
