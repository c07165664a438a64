// The query language and its JSON form.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/query.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "expect_error.h"
#include "search/filter/civil_date.h"

namespace sightline {
namespace {

using test::expect_error;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

QueryTerm text(const char* name, double weight = 1) {
  return {QueryType::text, name, {}, {}, weight};
}

std::vector<QueryTerm> terms_of(const char* query) {
  return parse_query(query).terms;
}

// The conditions of a query that has nothing else.
std::vector<Condition> filter_of(const std::string& query) {
  const Query parsed = parse_query(query);
  EXPECT_TRUE(parsed.terms.empty()) << query;
  return parsed.filter.conditions;
}

Condition texts(FilterField field, std::vector<std::string> values, bool negated = false) {
  return {.field = field, .negated = negated, .texts = std::move(values)};
}

double at(const char* date) {
  return static_cast<double>(filter::parse_period(date)->from);
}

TEST(ParseQuery, PlainTextsAreTextQueries) {
  for (const char* plain : {"mouth dnaksjd xysopendasdas",
                            "black-and-white cat",
                            "woman - smiling",
                            "16:9",
                            "don't",
                            "  a  red\theart ",
                            "C++",
                            "a+b",
                            "5\" disk",
                            "the 5\" disk",
                            "--",
                            "a -- b",
                            "-5 degrees",
                            "+1",
                            "temperature: -5",
                            ":-)",
                            "->",
                            "a * b",
                            "16*9",
                            "2*x",
                            "a*b",
                            "**bold**",
                            "*",
                            "std::vector",
                            "Note: a painting",
                            "3:00pm",
                            "#tag",
                            "(cat)",
                            "a/b",
                            "cat,dog",
                            "- x",
                            "a \u2013 b",
                            "100%",
                            "x-",
                            "x-\"y\"",
                            "12:30",
                            "f/2.8",
                            "=",
                            "<3"}) {
    const Query expected = text_query(plain);
    EXPECT_EQ(parse_query(plain), expected) << plain;
    EXPECT_FALSE(is_composed(expected));
    EXPECT_EQ(expected.name, plain);
  }
}

TEST(ParseQuery, AddsSubtractsAndWeightsTerms) {
  using Terms = std::vector<QueryTerm>;
  EXPECT_EQ(terms_of("beach -people"), (Terms{text("beach"), text("people", -1)}));
  EXPECT_EQ(terms_of("\"red car\" + snow"), (Terms{text("red car"), text("snow")}));
  EXPECT_EQ(terms_of("sunset*2"), (Terms{text("sunset", 2)}));
  EXPECT_EQ(terms_of("red sunset*0.5 at sea"), (Terms{text("red sunset", 0.5), text("at sea")}));
  EXPECT_EQ(terms_of("a  big  dog -\"brown cat\"*2 -x*.5"),
            (Terms{text("a  big  dog"), text("brown cat", -2), text("x", -0.5)}));
  EXPECT_EQ(terms_of("beach -people at night"),
            (Terms{text("beach"), text("people", -1), text("at night")}));
  EXPECT_EQ(terms_of("beach +snow at night"), (Terms{text("beach"), text("snow at night")}));
  EXPECT_EQ(terms_of("beach + -people"), (Terms{text("beach"), text("people", -1)}));
  EXPECT_EQ(terms_of("-people"), (Terms{text("people", -1)}));
  EXPECT_EQ(terms_of("-\u732B x"), (Terms{text("\u732B", -1), text("x")}));
  EXPECT_EQ(terms_of("\"a\" \"b\""), (Terms{text("a"), text("b")}));
  EXPECT_EQ(terms_of("\"say \\\"hi\\\" \\\\ \\n\" x"),
            (Terms{text("say \"hi\" \\ \\n"), text("x")}));
  EXPECT_EQ(terms_of("\"2024\"*2 x"), (Terms{text("2024", 2), text("x")}));
  // White space of other scripts separates as well.
  EXPECT_EQ(terms_of("\u732B\u3000-\u72AC"), (Terms{text("\u732B"), text("\u72AC", -1)}));
  EXPECT_EQ(parse_query("beach -people").name, "beach -people");
  // One term is a query as if it had been given alone.
  EXPECT_EQ(parse_query(" \"in:2019 -x\" "), text_query("in:2019 -x"));
}

TEST(ParseQuery, ItemsAndImagesAreTerms) {
  using Terms = std::vector<QueryTerm>;
  EXPECT_EQ(parse_query("like:IMG_1234.jpg"), item_query("IMG_1234.jpg"));
  EXPECT_EQ(terms_of("image:file.png + at night"),
            (Terms{{QueryType::image, "file.png"}, text("at night")}));
  EXPECT_EQ(terms_of("-LIKE:a,b.jpg*2 x"),
            (Terms{{QueryType::item, "a,b.jpg", {}, {}, -2}, text("x")}));
  EXPECT_EQ(terms_of("like:\"my photos/1.jpg\"*3 +like:2"),
            (Terms{{QueryType::item, "my photos/1.jpg", {}, {}, 3}, {QueryType::item, "2"}}));
}

// A number is an id, not the factor of a product such as "16*9".
TEST(ParseQuery, NumbersOfItemsHaveWeights) {
  using Terms = std::vector<QueryTerm>;
  EXPECT_EQ(terms_of("like:12*0.5"), (Terms{{QueryType::item, "12", {}, {}, 0.5}}));
  EXPECT_EQ(terms_of("cat -like:12*.5"),
            (Terms{text("cat"), {QueryType::item, "12", {}, {}, -0.5}}));
  EXPECT_EQ(terms_of("image:12*2"), (Terms{{QueryType::image, "12", {}, {}, 2}}));
  EXPECT_EQ(terms_of("like:\"12*2\""), (Terms{{QueryType::item, "12*2"}}));
  EXPECT_EQ(terms_of("like:12*x"), (Terms{{QueryType::item, "12*x"}}));
  EXPECT_EQ(terms_of("cat + 16*9"), (Terms{text("cat"), text("16*9")}));
}

TEST(ParseQuery, FiltersByText) {
  using F = FilterField;
  EXPECT_EQ(filter_of("in:2019/"), std::vector{texts(F::path, {"2019/"})});
  EXPECT_EQ(filter_of("-in:\"My Photos/old\",tmp"),
            std::vector{texts(F::path, {"My Photos/old", "tmp"}, true)});
  EXPECT_EQ(
      filter_of(
          "camera:canon Lens:\"50mm f/1.8\" tag:a,b name:IMG_* caption:dog -caption:\"a cat\""),
      (std::vector{texts(F::camera, {"canon"}), texts(F::lens, {"50mm f/1.8"}),
                   texts(F::tag, {"a", "b"}), texts(F::name, {"IMG_*"}), texts(F::caption, {"dog"}),
                   texts(F::caption, {"a cat"}, true)}));
  Condition split = texts(F::column, {"test", "novel"});
  split.column = "Split";
  EXPECT_EQ(filter_of("field.Split:test,novel"), std::vector{split});
  const Condition score{.field = F::column, .column = "score", .ranges = {{0.5, kInfinity, false}}};
  EXPECT_EQ(filter_of("field.score:>0.5"), std::vector{score});
  const Query both = parse_query("beach in:2019/ before:2021-06 camera:canon at night");
  EXPECT_EQ(both.terms, (std::vector{text("beach"), text("at night")}));
  EXPECT_EQ(both.filter.conditions.size(), 3u);
}

TEST(ParseQuery, FiltersByRange) {
  const auto range = [](const std::string& query) {
    const auto conditions = filter_of(query);
    EXPECT_EQ(conditions.size(), 1u) << query;
    EXPECT_EQ(conditions.at(0).ranges.size(), 1u) << query;
    return conditions.at(0).ranges.at(0);
  };
  EXPECT_EQ(range("size:>2mb"), (ValueRange{2e6, kInfinity, false}));
  EXPECT_EQ(range("size:<=1.5KiB"), (ValueRange{-kInfinity, 1536}));
  EXPECT_EQ(range("size:1mb..5mb"), (ValueRange{1e6, 5e6}));
  EXPECT_EQ(range("width:>=1000"), (ValueRange{1000, kInfinity}));
  EXPECT_EQ(range("height:640"), (ValueRange{640, 640}));
  EXPECT_EQ(range("rating:-1..2"), (ValueRange{-1, 2}));
  EXPECT_EQ(range("rating:<4"), (ValueRange{-kInfinity, 4, true, false}));
  EXPECT_EQ(filter_of("rating:4,5").at(0).ranges.size(), 2u);
  EXPECT_EQ(range("before:2021-06"), (ValueRange{-kInfinity, at("2021-06"), true, false}));
  EXPECT_EQ(range("after:2020"), (ValueRange{at("2021"), kInfinity}));
  EXPECT_EQ(range("date:2019"), (ValueRange{at("2019"), at("2020"), true, false}));
  EXPECT_EQ(range("date:2019..2020-05"), (ValueRange{at("2019"), at("2020-06"), true, false}));
  EXPECT_EQ(range("date:2019.."), (ValueRange{at("2019"), kInfinity}));
  EXPECT_EQ(range("date:..2019"), (ValueRange{-kInfinity, at("2020"), true, false}));
  EXPECT_EQ(range("date:>2019"), range("after:2019"));
  EXPECT_EQ(range("date:<2019"), range("before:2019"));
  EXPECT_EQ(range("date:<=2019"), range("date:..2019"));
  EXPECT_EQ(range("date:>=2019-07-01T12:30"), (ValueRange{at("2019-07-01T12:30"), kInfinity}));
  EXPECT_TRUE(filter_of("-date:2019").at(0).negated);
}

TEST(ParseQuery, FiltersByPlace) {
  EXPECT_EQ(filter_of("near:52.5,-13.4,10km").at(0).circles,
            (std::vector{GeoCircle{52.5, -13.4, 10}}));
  EXPECT_EQ(filter_of("near:0,0,500m").at(0).circles, (std::vector{GeoCircle{0, 0, 0.5}}));
  EXPECT_EQ(filter_of("near:0,0,2").at(0).circles, (std::vector{GeoCircle{0, 0, 2}}));
  EXPECT_EQ(filter_of("-box:53,13,52,14").at(0).boxes, (std::vector{GeoBox{52, 13, 53, 14}}));
  EXPECT_EQ(filter_of("box:-20,170,0,-170").at(0).boxes, (std::vector{GeoBox{-20, 170, 0, -170}}));
}

TEST(ParseQuery, HasThresholdAndOrder) {
  const Query query = parse_query("cat similarity:>=0.25 sort:-date");
  EXPECT_EQ(query.min_similarity, 0.25);
  EXPECT_EQ(query.order, (QueryOrder{SortKey::date, true}));
  EXPECT_TRUE(query.filter.empty());
  EXPECT_EQ(parse_query("cat similarity:>0.25").min_similarity, std::nextafter(0.25, 1.0));
  EXPECT_EQ(parse_query("cat sort:path").order, (QueryOrder{SortKey::path, false}));
  EXPECT_TRUE(is_composed(parse_query("cat sort:similarity")));
}

TEST(ParseQuery, ErrorsPointAtThePosition) {
  const auto fails = [](const std::string& query, const std::string& message) {
    expect_error(ErrorCode::invalid_argument, message, [&] { parse_query(query); });
  };
  fails("", "a query is an empty text");
  fails("\xFF", "not valid UTF-8");
  fails("a \"red car", "column 3 of the query: the quote that begins here does not end");
  fails("\u00E9\u00E9 \"\"", "column 4 of the query: expected a text in quotes");
  fails("\"red\"car", "column 6 of the query: expected a space, or a weight such as *2");
  fails("\"red\"*x", "column 6 of the query: expected a space, or a weight");
  fails("+ snow", "column 1 of the query: expected a term before '+'");
  fails("snow +", "column 7 of the query: expected a term after '+'");
  fails("snow + + ice", "column 8 of the query: expected a term, found '+'");
  fails("snow + in:2019",
        "column 8 of the query: expected a term after '+', found the filter 'in:'");
  fails("red *2", "column 5 of the query: expected a term; a weight follows its term");
  fails("red*0", "column 5 of the query: expected a weight above 0");
  fails("\"red\"*0", "column 7 of the query: expected a weight above 0");
  fails("cat colour:red", "column 5 of the query: 'colour:' is not a filter");
  fails(
      "cat bfore:2020",
      "column 5 of the query: 'bfore:' is not a filter; did you mean 'before:'? To search for the "
      "words, put them in quotes: \"bfore:2020\"");
  fails("http://x", "column 1 of the query: 'http:' is not a filter");
  fails("cat in: 2019", "column 8 of the query: expected a value right after 'in:'");
  fails("tag:a,", "column 7 of the query: expected a value of 'tag:', found the end of the query");
  fails("tag:,a", "column 5 of the query: expected a value of 'tag:', found ','");
  fails("tag:\"a\"b", "column 8 of the query: expected a space or ','");
  fails("in:/", "column 4 of the query: expected a folder");
  fails("caption:!", "column 9 of the query: expected a word");
  fails("caption:\" \"", "column 9 of the query: expected a value, found an empty text");
  fails("width:>x", "column 8 of the query: expected a number, such as >=1000");
  fails("width:5mb", "column 7 of the query: expected a number");
  fails("size:2xb", "column 6 of the query: expected a size");
  fails("size:5mb..1mb", "column 6 of the query: the range '5mb..1mb' ends before it begins");
  fails("date:2020..2019", "column 6 of the query: the range");
  fails("date:..", "column 8 of the query: expected a date");
  fails("rating:4,x", "column 10 of the query: expected a rating");
  fails("before:2021-13", "column 8 of the query: expected a date, such as 2021");
  fails("near:52.5,13.4", "column 6 of the query: expected latitude, longitude and distance");
  fails("near:95,13.4,1", "column 6 of the query: expected a latitude from -90 to 90");
  fails("near:5,181,1", "column 8 of the query: expected a longitude from -180 to 180");
  fails("near:5,1,-1km", "column 10 of the query: expected a distance");
  fails("near:5,1,1parsec", "column 10 of the query: expected a distance");
  fails("box:1,2,3", "column 5 of the query: expected latitude and longitude of two corners");
  fails("cat similarity:0.5", "column 16 of the query: expected a least similarity");
  fails("cat similarity:>25", "column 17 of the query: expected a cosine similarity from -1 to 1");
  fails("size:>" + std::string(308, '9') + "tb", "column 7 of the query: expected a size");
  fails("near:1,1,12" + std::string(307, '0') + "mi",
        "column 10 of the query: expected a distance");
  fails("cat similarity:>x", "column 17 of the query: expected a number");
  fails("cat -similarity:>0.5", "column 5 of the query: 'similarity:' is not a filter of items");
  fails("cat sort:dat", "column 10 of the query: expected date, -date");
  fails("cat sort:date sort:path", "column 15 of the query: 'sort:' is given twice");
  fails("cat sort:date,path", "column 15 of the query: 'sort:' has one value");
  fails("sort:date", "column 10 of the query: expected words or a filter");
  std::string many;
  for (int i = 0; i < 101; ++i) many += "-a ";
  fails(many, "column 301 of the query: a query has at most 100 terms");
  std::string filters;
  for (int i = 0; i < 101; ++i) filters += "in:a ";
  fails(filters, "column 501 of the query: a query has at most 100 filters");
}

TEST(QueryJson, SaysTheSame) {
  for (const char* query :
       {"cat", "beach -people", "\"red car\" + snow*2.5", "like:a.jpg -image:b.png*0.1",
        "in:2019/,\"a b\" -name:IMG_* caption:dog tag:x camera:canon lens:50 field.split:test",
        "date:2019..2020-05 -before:2021-06 after:2020 date:2019-07-01T12:30:05",
        "size:>2mb width:>=1000 -height:1..2,5 rating:>=4 field.score:<=0.1",
        "near:52.5,13.4,10km -box:1,2,3,4", "cat similarity:>0.25 sort:-date", "x sort:similarity",
        "\u732B -\u72AC", "a -b \uFEFFc"}) {
    const Query parsed = parse_query(query);
    EXPECT_EQ(parse_query_json(query_json(parsed)), parsed) << query_json(parsed);
  }
  const auto json = nlohmann::json::parse(
      query_json(parse_query("beach -people before:2021-06 -near:52.5,13.4,10km sort:date")));
  EXPECT_EQ(json, nlohmann::json::parse(R"({
    "query": "beach -people before:2021-06 -near:52.5,13.4,10km sort:date",
    "terms": [{"text": "beach"}, {"text": "people", "weight": -1.0}],
    "filter": [{"field": "date", "ranges": [{"below": "2021-06-01T00:00:00"}]},
               {"field": "location", "negated": true,
                "circles": [{"latitude": 52.5, "longitude": 13.4, "radius_km": 10.0}]}],
    "sort": "date"})"));
}

TEST(QueryJson, RandomQueriesComeBack) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  const auto number = [&] { return normal(random) * 1e10; };
  for (int round = 0; round < 200; ++round) {
    Query query{.name = "q" + std::to_string(round)};
    for (int i = 0; i < 1 + round % 3; ++i) {
      QueryTerm term{static_cast<QueryType>(random() % 4), "n", {}, {}, number()};
      if (term.type == QueryType::vector)
        term.vector = {static_cast<float>(normal(random)), static_cast<float>(normal(random))};
      query.terms.push_back(term);
    }
    const auto field = static_cast<FilterField>(random() % 13);
    Condition condition{.field = field, .negated = random() % 2 == 0};
    if (field == FilterField::column) condition.column = "c";
    if (field == FilterField::location) {
      condition.circles = {{normal(random), normal(random), std::abs(number())}};
      condition.boxes = {{normal(random), normal(random), normal(random), normal(random)}};
    } else if (field <= FilterField::lens) {
      condition.texts = {"a", "b \u00E9"};
    } else {
      condition.ranges = {{number(), number(), random() % 2 == 0, random() % 2 == 0},
                          {-kInfinity, std::floor(number()), true, false}};
    }
    query.filter.conditions = {condition};
    if (random() % 2 == 0) query.min_similarity = normal(random);
    EXPECT_EQ(parse_query_json(query_json(query)), query) << query_json(query);
  }
}

TEST(QueryJson, RejectsWhatIsNoQuery) {
  const auto fails = [](const char* json, const char* message) {
    expect_error(ErrorCode::invalid_argument, message, [&] { parse_query_json(json); });
  };
  expect_error(ErrorCode::invalid_data, "not valid JSON", [] { parse_query_json("{"); });
  fails("[]", "expected the query as an object, found []");
  fails("{}", "neither terms nor a filter");
  fails(R"({"termz": []})", "has the unknown key \"termz\"; did you mean 'terms'?");
  fails(R"({"terms": [{"text": "a", "image": "b"}]})", "a term of one type");
  fails(R"({"terms": [{"weight": 1}]})", "expected a term with text");
  fails(R"({"terms": [{"text": ""}]})", "is blank");
  fails(R"({"terms": [{"text": "a\u0000b"}]})", "byte 2 is zero");
  fails(R"({"terms": [{"item": " "}]})", "is blank");
  fails(R"({"terms": [{"text": "a", "weight": 0}]})", "weight 0");
  fails(R"({"terms": [{"text": "a", "weight": NaN}]})", "a weight as a number, found \"NaN\"");
  fails(R"({"terms": [{"text": "a", "elements": [1]}]})", "only a vector has elements");
  fails(R"({"terms": [{"vector": "v", "elements": [1e300]}]})", "beyond the range of float32");
  fails(R"({"filter": [{"field": "pth", "texts": ["a"]}]})",
        "no field \"pth\"; did you mean 'path'?");
  fails(R"({"filter": [{"field": "date", "texts": ["a"]}]})", "operands of another kind");
  fails(R"({"filter": [{"field": "date", "ranges": [{"from": "soon"}]}]})", "expected a date");
  fails(R"({"filter": [{"field": "size", "ranges": [{"from": 1, "above": 1}]}]})",
        "both 'from' and");
  fails(R"({"filter": [{"field": "location", "circles": [{"latitude": 1}]}]})",
        "has no key 'longitude'");
  fails(R"({"terms": [{"text": "a"}], "sort": "up"})", "expected 'sort' as date");
  fails(R"({"terms": [{"text": "a"}], "min_similarity": "x"})", "the least similarity as a number");
  fails(R"({"filter": [{"field": "path", "texts": ["a"], "negated": 1}]})", "true or false");
}

}  // namespace
}  // namespace sightline
