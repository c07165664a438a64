// Filters on the ids, captions and fields of items.
#include "search/filter/filter_matcher.h"

#include <gtest/gtest.h>

#include <limits>

#include "expect_error.h"
#include "search/filter/civil_date.h"
#include "search/filter/text_match.h"

namespace sightline::filter {
namespace {

using test::expect_error;

bool meets(const Condition& condition, const VectorItem& item) {
  return FilterMatcher({{condition}}).matches(item);
}

Condition on(FilterField field, std::vector<std::string> texts) {
  return {.field = field, .texts = std::move(texts)};
}

Condition between(FilterField field, double from, double to) {
  return {.field = field, .ranges = {{from, to}}};
}

TEST(Folded, IgnoresCaseAndAccents) {
  EXPECT_EQ(folded("ABC xyz"), "abc xyz");
  EXPECT_EQ(folded("Caf\u00C9"), "cafe");
  EXPECT_EQ(folded("CAFE\u0301"), "cafe");
  EXPECT_EQ(folded("\u0391\u0392"), "\u03B1\u03B2");
  EXPECT_EQ(folded("\u304C"), "\u304B\u3099");  // the voicing mark is part of the letter
}

TEST(Glob, MatchesWholeTexts) {
  EXPECT_TRUE(matches_glob("img_*", "img_1.jpg"));
  EXPECT_TRUE(matches_glob("*a*b", "xaxbxaxb"));
  EXPECT_TRUE(matches_glob("?", "\u00E9"));
  EXPECT_TRUE(matches_glob("*?", "\u00E9"));
  EXPECT_TRUE(matches_glob("**", ""));
  EXPECT_TRUE(matches_glob("a*b*c", "a*c*b*c"));
  EXPECT_TRUE(matches_glob("[1]", "[1]"));
  EXPECT_FALSE(matches_glob("img", "img_1"));
  EXPECT_FALSE(matches_glob("?", ""));
  EXPECT_FALSE(matches_glob("a*b", "ac"));
  // Exponential in a matcher that tries all splits.
  EXPECT_FALSE(matches_glob("*a*a*a*a*a*a*a*a*a*a*b", std::string(20'000, 'a')));
}

TEST(Words, AreLettersAndDigits) {
  using Words = std::vector<std::string_view>;
  EXPECT_EQ(words_of("don't stop, 2 dogs!"), (Words{"don", "t", "stop", "2", "dogs"}));
  EXPECT_EQ(words_of(" \u00E9t\u00E9\u3002"), (Words{"\u00E9t\u00E9"}));
  EXPECT_TRUE(words_of("--").empty());
}

TEST(FolderPattern, MatchesFoldersOnly) {
  const auto matches = [](const char* pattern, const char* path) {
    return FolderPattern(pattern).matches(folded(path));
  };
  for (const char* pattern : {"2019", "2019/", "./2019", "2019/summer", "summer", "20??", "2019/**",
                              "**/summer", "2019/**/beach", "s*r/beach", "SUMMER", "**/2019/**"}) {
    EXPECT_TRUE(matches(pattern, "photos/2019/Summer/beach/1.jpg")) << pattern;
  }
  for (const char* pattern : {"/2019", "19", "2019/beach", "1.jpg", "beach/1.jpg", "photo", "20?",
                              "/photos", "2019/*/summer"}) {
    EXPECT_FALSE(matches(pattern, "photos/2019/Summer/beach/1.jpg")) << pattern;
  }
  for (const char* pattern : {"/home", "/home/me/", "me", "/**/me", "/*/me", "/**"})
    EXPECT_TRUE(matches(pattern, "/home/me/1.jpg")) << pattern;
  for (const char* pattern : {"/me", "/home/me/1.jpg", "/*/home"})
    EXPECT_FALSE(matches(pattern, "/home/me/1.jpg")) << pattern;
  EXPECT_FALSE(matches("2019", "2019"));
  EXPECT_TRUE(FolderPattern(".").empty());
}

TEST(Name, MatchesWithOrWithoutExtension) {
  const VectorItem item{"2019/IMG_1234.tar.JPG", {}, {}};
  for (const char* pattern : {"IMG_*", "img_1234.tar", "img_1234.tar.jpg", "*.jpg", "*1234*"})
    EXPECT_TRUE(meets(on(FilterField::name, {pattern}), item)) << pattern;
  for (const char* pattern : {"1234", "img_1234", "2019*", "*.png"})
    EXPECT_FALSE(meets(on(FilterField::name, {pattern}), item)) << pattern;
  EXPECT_TRUE(meets(on(FilterField::name, {"x", "IMG_*"}), item));
  EXPECT_FALSE(meets(on(FilterField::name, {".hidden"}), {"hidden", {}, {}}));
}

TEST(Caption, MatchesWordsAndPhrases) {
  const VectorItem item{"1", {"A red car", "Snow, Caf\u00E9-bar"}, {}};
  for (const char* text : {"red", "RED CAR", "snow cafe", "cafe", "sno*", "a re*", "\"red\""})
    EXPECT_TRUE(meets(on(FilterField::caption, {text}), item)) << text;
  for (const char* text : {"car red", "re", "car snow", "red car park", "bar*x"})
    EXPECT_FALSE(meets(on(FilterField::caption, {text}), item)) << text;
  EXPECT_TRUE(meets(on(FilterField::caption, {"dog", "car"}), item));
  // Phrases are copied while more are added.
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("w" + std::to_string(i));
  many.insert(many.begin(), "car");
  EXPECT_TRUE(meets(on(FilterField::caption, many), item));
  many[0] = "bus";
  EXPECT_FALSE(meets(on(FilterField::caption, many), item));
  Condition no_car = on(FilterField::caption, {"dog", "car"});
  no_car.negated = true;
  EXPECT_FALSE(meets(no_car, item));
  EXPECT_TRUE(meets(no_car, {"2", {}, {}}));
}

TEST(Fields, MatchTagsCamerasAndColumns) {
  const VectorItem item{"1",
                        {},
                        {{"tags", "Holiday; summer trip;\u00C9t\u00E9"},
                         {"camera", "Canon EOS 5D"},
                         {"split", "test"},
                         {"score", "0.5"}}};
  EXPECT_TRUE(meets(on(FilterField::tag, {"holiday"}), item));
  EXPECT_TRUE(meets(on(FilterField::tag, {"SUMMER TRIP"}), item));
  EXPECT_TRUE(meets(on(FilterField::tag, {"ete"}), item));
  EXPECT_TRUE(meets(on(FilterField::tag, {"summer*"}), item));
  EXPECT_FALSE(meets(on(FilterField::tag, {"summer"}), item));
  EXPECT_FALSE(meets(on(FilterField::tag, {"*"}), {"2", {}, {}}));
  EXPECT_TRUE(meets(on(FilterField::camera, {"canon"}), item));
  EXPECT_TRUE(meets(on(FilterField::camera, {"canon*5d"}), item));
  EXPECT_FALSE(meets(on(FilterField::camera, {"nikon"}), item));
  EXPECT_FALSE(meets(on(FilterField::lens, {"canon"}), item));
  Condition column = on(FilterField::column, {"TEST"});
  column.column = "split";
  EXPECT_TRUE(meets(column, item));
  column.column = "other";
  EXPECT_FALSE(meets(column, item));
  Condition score = between(FilterField::column, 0.5, 1);
  score.column = "score";
  EXPECT_TRUE(meets(score, item));
  score.ranges[0].includes_from = false;
  EXPECT_FALSE(meets(score, item));
}

TEST(Ranges, CompareNumbers) {
  const VectorItem item{"1", {}, {{"size", "2000000"}, {"width", " 640 "}, {"rating", "-1"}}};
  EXPECT_TRUE(meets(between(FilterField::size, 2e6, 2e6), item));
  Condition more = between(FilterField::size, 2e6, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(meets(more, item));
  more.ranges[0].includes_from = false;
  EXPECT_FALSE(meets(more, item));
  EXPECT_TRUE(meets(between(FilterField::width, 600, 700), item));
  EXPECT_FALSE(meets(between(FilterField::height, 0, 1e9), item));  // unknown
  EXPECT_TRUE(meets(between(FilterField::rating, -1, -1), item));
  EXPECT_FALSE(meets(between(FilterField::width, 0, 1e9), {"2", {}, {{"width", "640px"}}}));
  EXPECT_FALSE(meets(between(FilterField::width, 0, 1e9), {"2", {}, {{"width", "nan"}}}));
}

TEST(Dates, ArePeriodsOfCivilTime) {
  const auto check = [](const char* text, const char* from, const char* to) {
    const auto period = parse_period(text);
    ASSERT_TRUE(period) << text;
    EXPECT_EQ(date_text(period->from), from);
    EXPECT_EQ(date_text(period->to), to);
  };
  check("2019", "2019-01-01T00:00:00", "2020-01-01T00:00:00");
  check("2019-12", "2019-12-01T00:00:00", "2020-01-01T00:00:00");
  check("2020-02", "2020-02-01T00:00:00", "2020-03-01T00:00:00");
  check("2020-2-29", "2020-02-29T00:00:00", "2020-03-01T00:00:00");
  check("2019-07-01T12", "2019-07-01T12:00:00", "2019-07-01T13:00:00");
  check("2019-07-01T12:30", "2019-07-01T12:30:00", "2019-07-01T12:31:00");
  check("2019-07-01T23:59:59", "2019-07-01T23:59:59", "2019-07-02T00:00:00");
  check("0001", "0001-01-01T00:00:00", "0002-01-01T00:00:00");
  EXPECT_EQ(parse_period("1970")->from, 0);
  EXPECT_EQ(parse_period("1969-12-31T23:59:59")->from, -1);
  for (const char* text :
       {"", "19", "0000", "20190", "2019-", "2019-13", "2019-00", "2019-02-29", "2019-07-01T24",
        "2019-07-01T12:60", "2019-07-01 12", "2019x", "-2019", "2019-07-01T12:30:05Z"}) {
    EXPECT_FALSE(parse_period(text)) << text;
  }
}

TEST(Dates, OfItemsAreReadAsCamerasWriteThem) {
  const VectorItem item{"1", {}, {{"date", "2019:07:01 12:30:05"}}};
  const auto month = parse_period("2019-07");
  Condition july =
      between(FilterField::date, static_cast<double>(month->from), static_cast<double>(month->to));
  july.ranges[0].includes_to = false;
  EXPECT_TRUE(meets(july, item));
  EXPECT_FALSE(meets(july, {"2", {}, {{"date", "2019-08-01"}}}));
  EXPECT_FALSE(meets(july, {"3", {}, {}}));
}

TEST(Places, AreInCirclesAndBoxes) {
  // Berlin and Potsdam, by their published coordinates: 26 km apart.
  EXPECT_NEAR(distance_km(52.52, 13.405, 52.4, 13.0667), 26.5, 0.5);
  EXPECT_NEAR(distance_km(0, 179.5, 0, -179.5), 111.195, 0.001);  // one degree of the equator
  EXPECT_NEAR(distance_km(90, 0, -90, 77), 20015.1, 0.1);
  const VectorItem berlin{"1", {}, {{"latitude", "52.52"}, {"longitude", "13.405"}}};
  Condition near{.field = FilterField::location, .circles = {{52.4, 13.0667, 30}}};
  EXPECT_TRUE(meets(near, berlin));
  near.circles[0].radius_km = 20;
  EXPECT_FALSE(meets(near, berlin));
  near.boxes = {{52, 13, 53, 14}};
  EXPECT_TRUE(meets(near, berlin));
  EXPECT_FALSE(meets(near, {"2", {}, {{"latitude", "52.52"}}}));
  EXPECT_TRUE(contains(GeoBox{-20, 170, 0, -170}, -10, 175));
  EXPECT_TRUE(contains(GeoBox{-20, 170, 0, -170}, -10, -175));
  EXPECT_FALSE(contains(GeoBox{-20, 170, 0, -170}, -10, 0));
}

TEST(Filters, AllConditionsMustHold) {
  const Filter both{{on(FilterField::name, {"a*"}), on(FilterField::caption, {"dog"})}};
  EXPECT_TRUE(FilterMatcher(both).matches({"a1", {"a dog"}, {}}));
  EXPECT_FALSE(FilterMatcher(both).matches({"a1", {"a cat"}, {}}));
  EXPECT_FALSE(FilterMatcher(both).matches({"b1", {"a dog"}, {}}));
  EXPECT_TRUE(FilterMatcher({}).matches({"b1", {}, {}}));
}

TEST(Filters, RejectWhatMakesNoSense) {
  const auto refused = [](const Condition& condition, const char* why) {
    expect_error(ErrorCode::invalid_argument, why, [&] { FilterMatcher({{condition}}); });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused({.field = FilterField::name}, "the name has nothing to compare with");
  refused(on(FilterField::name, {" "}), "blank or not UTF-8");
  refused(on(FilterField::name, {"\xFF"}), "blank or not UTF-8");
  refused(on(FilterField::path, {"./"}), "names no folder");
  refused(on(FilterField::caption, {"!?"}), "has no word");
  refused(on(FilterField::date, {"2019"}), "operands of another kind");
  refused(between(FilterField::tag, 0, 1), "operands of another kind");
  refused(between(FilterField::size, nan, 1), "NaN");
  refused(between(FilterField::column, 0, 1), "must name a column");
  refused({.field = FilterField::location, .circles = {{91, 0, 1}}}, "not on Earth");
  refused({.field = FilterField::location, .circles = {{0, 0, nan}}}, "not on Earth");
  refused({.field = FilterField::location, .boxes = {{0, 0, 0, 181}}}, "not on Earth");
}

}  // namespace
}  // namespace sightline::filter
