// Suggestions for queries, and the last word that they complete.
#include <sightline/library_overview.h>

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "expect_error.h"
#include "library/overview/last_word.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::HashEncoder;
using test::LibraryFolder;

const std::vector<std::string>& hostile_values() {
  static const std::vector<std::string> values = {
      "plain",      "two words",   "a,b",       "say \"hi\"",   "back\\slash",
      "\\",         "\\\"",        "\"",        "ends with \\", ">=5",
      "<b>",        "tag:x",       "-minus",    "+plus",        "*2",
      "a*2",        "  padded  ",  "new\nline", "tab\there",    "no\u00A0break",
      "\u3000wide", "日本語 タグ", "été",       "semi;colon",   "..",
      "in:a,\"b",   "' or 1=1 --", "field.x:y", "%s%n",         "\u202Eright to left",
      "🙂",       "a\u2028b",    "1..5",      "#hash&amp;"};
  return values;
}

class SuggestionsTest : public testing::Test {
 protected:
  SuggestionsTest() {
    library::Store store = folder_.store();
    const int64_t model = folder_.model(store, encoder_);
    store.change().add_root("/home/me/Pictures", "{}");
    const int64_t dataset = store.change().add_source({0, "dataset", "/data/birds", "{}"});
    for (const std::string& value : hostile_values()) {
      library::ItemRecord item = file("/home/me/Pictures/" + value + "/" + value + ".jpg");
      item.about.tags = {value};
      item.about.camera = "Camera " + value;
      item.about.lens = value;
      add(store, model, item);
      library::ItemRecord row;
      row.source = dataset;
      row.path = "row of " + value;
      row.about.fields = {{"Group", value}, {"no key", "x"}};
      add(store, model, row);
    }
    for (int i = 0; i < 5; ++i) {
      library::ItemRecord item =
          file("/home/me/Pictures/2019/holiday/IMG_" + std::to_string(i) + ".jpg");
      item.about.camera = i < 3 ? "Canon EOS 5D" : "Nikon D750";
      item.about.rating = i < 4 ? 5 : -1;
      item.about.tags = {"Holiday"};
      if (i == 0) item.about.tags = {"Holiday", "Holland", "snow\xFF"};
      add(store, model, item);
    }
    store.commit();
    library_ = std::make_unique<Library>(folder_.library());
    collection_ = library_->collection();
  }

  static library::ItemRecord file(const std::string& path) {
    library::ItemRecord out;
    out.path = path;
    return out;
  }

  void add(library::Store& store, int64_t model, library::ItemRecord item) {
    library::ContentRecord content;
    const std::string name = std::to_string(++added_);
    content.sha256 = Sha256().update(name).digest();
    item.content = store.change().add_content(content);
    store.add_vector(model, item.content, HashEncoder::vector_of("hash", name));
    store.change().put_item(item);
  }

  std::vector<std::string> inserts(const std::string& query, int most = 10) const {
    std::vector<std::string> out;
    for (const Suggestion& suggestion : library_suggestions(*collection_, query, most))
      out.push_back(suggestion.insert);
    return out;
  }

  // Asserts that each suggestion for a key parses to the value that it shows, and returns these.
  std::set<std::string> parsed_values(const std::string& before, const std::string& key) const {
    std::set<std::string> out;
    for (const Suggestion& suggestion :
         library_suggestions(*collection_, before + key + ":", 1 << 30)) {
      const std::string text = before.substr(0, suggestion.at) + suggestion.insert;
      const Query query = parse_query(text);
      EXPECT_EQ(query.filter.conditions.size(), 1u) << text;
      const Condition& condition = query.filter.conditions.back();
      EXPECT_EQ(condition.texts, std::vector{suggestion.label}) << text;
      const std::string& label = suggestion.label;
      const bool found_whole =
          key != "tag" || (label.find(';') == std::string::npos && !label.starts_with(' '));
      if (found_whole) {  // filters read "a; b" as two tags
        EXPECT_GE(collection_->rows_matching(query.filter).count(), suggestion.count) << text;
      }
      EXPECT_GE(suggestion.count, 1);
      out.insert(suggestion.label);
    }
    return out;
  }

  LibraryFolder folder_;
  HashEncoder encoder_;
  int added_ = 0;
  std::unique_ptr<Library> library_;
  std::shared_ptr<const Collection> collection_;
};

TEST_F(SuggestionsTest, ParseBackToTheSameValue) {
  const size_t values = hostile_values().size();
  EXPECT_GE(parsed_values("beach ", "tag").size(), values);
  EXPECT_GE(parsed_values("", "camera").size(), values);
  EXPECT_GE(parsed_values("beach -people ", "lens").size(), values - 1);
  EXPECT_GE(parsed_values("\"quoted text\" ", "in").size(), values);
  EXPECT_EQ(parsed_values("", "field.Group"),
            std::set(hostile_values().begin(), hostile_values().end()));
}

TEST_F(SuggestionsTest, NamesParseBack) {
  for (const std::string& value : hostile_values()) {
    const std::string typed = "name:" + library::query_value(value.substr(0, value.size() / 2 + 1));
    for (const Suggestion& suggestion : library_suggestions(*collection_, typed)) {
      const Query query = parse_query(suggestion.insert);
      ASSERT_EQ(query.filter.conditions.size(), 1u);
      EXPECT_EQ(query.filter.conditions[0].texts, std::vector{suggestion.label});
    }
  }
  EXPECT_EQ(inserts("name:img_", 3),
            (std::vector<std::string>{"name:IMG_0.jpg", "name:IMG_1.jpg", "name:IMG_2.jpg"}));
  EXPECT_TRUE(inserts("name:").empty());
}

TEST_F(SuggestionsTest, CompleteKeys) {
  EXPECT_EQ(inserts("beach cam")[0], "camera:");
  EXPECT_EQ(inserts("-ca")[0], "-camera:");
  EXPECT_EQ(inserts("-ca")[1], "-caption:");
  EXPECT_TRUE(inserts("image").empty());
  EXPECT_TRUE(inserts("-sor").empty());
  EXPECT_EQ(inserts("field.gr"), std::vector<std::string>{"field.Group:"});
  EXPECT_EQ(inserts("field."),
            std::vector<std::string>{"field.Group:"});  // "no key" cannot be typed
}

TEST_F(SuggestionsTest, CompleteValues) {
  EXPECT_EQ(inserts("tag:hol"), (std::vector<std::string>{"tag:Holiday", "tag:Holland"}));
  EXPECT_EQ(inserts("-TAG:HOL", 1), std::vector<std::string>{"-tag:Holiday"});
  EXPECT_EQ(inserts("camera:eos"), std::vector<std::string>{"camera:\"Canon EOS 5D\""});
  EXPECT_EQ(inserts("camera:\"canon e"), std::vector<std::string>{"camera:\"Canon EOS 5D\""});
  EXPECT_EQ(inserts("camera:canon,nik"), std::vector<std::string>{"camera:canon,\"Nikon D750\""});
  EXPECT_EQ(inserts("camera:\"a b\",nik"),
            std::vector<std::string>{"camera:\"a b\",\"Nikon D750\""});
  EXPECT_EQ(inserts("in:pictures/20"),
            (std::vector<std::string>{"in:Pictures/2019", "in:Pictures/2019/holiday"}));
  EXPECT_EQ(inserts("rating:"), (std::vector<std::string>{"rating:5", "rating:-1"}));
  EXPECT_EQ(inserts("rating:-"), std::vector<std::string>{"rating:-1"});
  EXPECT_TRUE(inserts("rating:>=").empty());
  EXPECT_TRUE(inserts("tag:snow").empty());  // its only tag is not UTF-8
}

TEST_F(SuggestionsTest, CompleteBareWords) {
  EXPECT_EQ(inserts("beach holi"),
            (std::vector<std::string>{"tag:Holiday", "in:Pictures/2019/holiday"}));
  EXPECT_EQ(inserts("nikon"), std::vector<std::string>{"camera:\"Nikon D750\""});
  EXPECT_EQ(library_suggestions(*collection_, "beach holi")[0].at, 6u);
  EXPECT_EQ(library_suggestions(*collection_, "beach holi")[0].count, 5);
  EXPECT_EQ(library_suggestions(*collection_, "beach holi")[1].kind, "folder");
}

TEST_F(SuggestionsTest, CompleteNothingWithoutAWord) {
  for (const char* query : {"", " ", "beach ", "\"hol", "\"hol\"", "+hol", "unknown:hol",
                            "like:hol", "tag:a\"hol", "- ", "-", "+", "beach + hol"}) {
    EXPECT_TRUE(inserts(query).empty()) << query;
  }
}

// Random queries, of which some have errors.
TEST_F(SuggestionsTest, CompleteQueriesThatParseToQueriesThatParse) {
  const std::vector<std::string> pieces = {
      "beach", "-people", "+",  "\"red car\"",  "tag:", "tag:ho", "-camera:", "camera:\"ni", "in:",
      "-",     "rating:", "\"", "field.Group:", "a:b",  "16:9",   "hol",      "x*2",         " ",
      ",",     "+snow",   "é",  "sort:date",    "\xFF", "pl"};
  std::mt19937 random(3);
  const auto parses = [](const std::string& text) {
    try {
      return !parse_query(text).name.empty();
    } catch (const Error&) {
      return false;
    }
  };
  int completed = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string query;
    for (size_t piece = 1 + random() % 5; piece > 0; --piece)
      query += pieces[random() % pieces.size()] + (random() % 2 == 0 ? " " : "");
    for (const Suggestion& suggestion : library_suggestions(*collection_, query, 3)) {
      ASSERT_LT(suggestion.at, query.size());
      const std::string before = query.substr(0, suggestion.at);
      const bool incomplete = suggestion.insert.ends_with(':');
      const bool further = query.find(',', suggestion.at) != std::string::npos;
      if (incomplete || further || !parses(before + "x")) continue;
      EXPECT_TRUE(parses(before + suggestion.insert)) << query << " -> " << suggestion.insert;
      ++completed;
    }
  }
  EXPECT_GT(completed, 500);
}

TEST_F(SuggestionsTest, AreOfTheNewestState) {
  EXPECT_EQ(library_suggestions(*collection_, "tag:holl")[0].count, 1);
  {
    library::Store store = folder_.store(false);
    library::ItemRecord item = file("/new.jpg");
    item.about.tags = {"Holland"};
    add(store, folder_.model(store, encoder_), item);
    store.commit();
  }
  EXPECT_EQ(library_suggestions(*library_->collection(), "tag:holl")[0].count, 2);
  EXPECT_EQ(library_suggestions(*collection_, "tag:holl")[0].count, 1);
}

TEST(LastWord, IsReadAsTheParserReadsIt) {
  using library::last_word;
  EXPECT_FALSE(last_word(""));
  EXPECT_FALSE(last_word("red car "));
  EXPECT_EQ(last_word("red car")->text, "car");
  EXPECT_EQ(last_word("red car")->at, 4u);
  EXPECT_EQ(last_word("red\u3000car")->text, "car");
  EXPECT_EQ(last_word("\"red car\" snow")->text, "snow");
  EXPECT_EQ(last_word("\"red car\"*2 snow")->text, "snow");
  EXPECT_FALSE(last_word("\"red car"));
  EXPECT_EQ(last_word("tag:\"red car")->text, "red car");
  EXPECT_EQ(last_word("tag:\"red car\"")->text, "red car");
  EXPECT_EQ(last_word("tag:\"a \\\" b")->text, "a \" b");
  EXPECT_EQ(last_word("tag:\"a b\",c")->before, "\"a b\",");
  EXPECT_EQ(last_word("tag:\"a b\",c")->text, "c");
  EXPECT_EQ(last_word("tag:a,")->text, "");
  EXPECT_EQ(last_word("tag:a,")->before, "a,");
  EXPECT_TRUE(last_word("x -tag:a")->negated);
  EXPECT_EQ(last_word("x -tag:a")->at, 2u);
  EXPECT_EQ(last_word("FIELD.Group:a")->key, "field.Group");
  EXPECT_EQ(last_word("16:9")->text, "16:9");
  EXPECT_EQ(last_word("-5")->text, "-5");
}

}  // namespace
}  // namespace sightline
