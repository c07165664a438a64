#include "data/records.h"

#include <gtest/gtest.h>

#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

using sightline::testing::error_of;
using sightline::testing::TemporaryFolder;

std::vector<Record> read_records(const std::string& name, const std::string& content) {
  const TemporaryFolder folder;
  const auto reader = open_records(folder.write(name, content));
  std::vector<Record> records;
  for (Record record; reader->next(record);) records.push_back(record);
  return records;
}
std::vector<Record> csv(const std::string& content) {
  return read_records("m.csv", content);
}
std::vector<Record> jsonl(const std::string& content) {
  return read_records("m.jsonl", content);
}
std::string at(const Record& record, const std::string& column) {
  return record.cells.at(column).text;
}

TEST(Csv, QuotedFieldsMayContainCommasQuotesAndLineBreaks) {
  const auto records = csv("file_name,text\r\na.png,\"one, \"\"two\"\"\nthree\"\r\nb.png,\r\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(at(records[0], "text"), "one, \"two\"\nthree");
  EXPECT_EQ(records[0].line, 2);
  EXPECT_EQ(at(records[1], "file_name"), "b.png");
  EXPECT_EQ(at(records[1], "text"), "");
  EXPECT_EQ(records[1].line, 4);
}

TEST(Csv, AcceptsByteOrderMarkAndMissingLastLineEnd) {
  const auto records =
      csv("\xEF\xBB\xBF"
          "file_name,text\n\na.png,x");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(at(records[0], "file_name"), "a.png");
  EXPECT_EQ(at(records[0], "text"), "x");
}

TEST(Csv, LastFieldMayBeEmptyAtTheEndOfTheFile) {
  const auto records = csv("a,b\n1,");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_FALSE(records[0].problem);
  EXPECT_EQ(at(records[0], "b"), "");
}

TEST(Csv, LinesMayEndInCarriageReturnAndInnerQuotesAreText) {
  const auto records = csv("a,b\rx,6\" tall\r\r\n\"y\rz\",\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(at(records[0], "b"), "6\" tall");
  EXPECT_EQ(records[0].line, 2);
  EXPECT_EQ(at(records[1], "a"), "y\rz");
  EXPECT_EQ(records[1].line, 4);
}

TEST(Csv, RecordsMayHaveFewerFieldsThanTheHeader) {
  const auto records = csv("a,b\n1\n1,2,3\n1,2\n1,2,, \n");
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(at(records[0], "a"), "1");
  EXPECT_FALSE(records[0].cells.contains("b"));
  EXPECT_EQ(*records[1].problem,
            "expected 2 fields as in the header, found 3; put a field that contains ',' in double "
            "quotes");
  EXPECT_FALSE(records[2].problem);
  EXPECT_EQ(at(records[3], "b"), "2") << "blank fields after the last column";
}

TEST(Csv, SpacesAfterSeparatorsAreSkippedIfTheHeaderHasThem) {
  const auto records = csv("a, b\nx, \"1, 2\" \n y,  z \n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(at(records[0], "b"), "1, 2");
  EXPECT_EQ(at(records[1], "b"), "z ");
  EXPECT_EQ(at(csv("a,b \nx, y\n").at(0), "b"), " y");
}

TEST(Csv, RepeatedColumnNamesAreNumbered) {
  const TemporaryFolder folder;
  const auto reader = open_records(folder.write("m.csv", "a,c,c,c.1,c\n1,2,3,4,5\n"));
  EXPECT_EQ(reader->columns(), (std::vector<std::string>{"a", "c", "c.1", "c.1.1", "c.2"}));
}

TEST(Csv, OpenQuotesAndTextAfterAQuoteAreInvalid) {
  const auto text_after_quote = csv("a,b\n\"x\"y,2\n3,4\n");
  ASSERT_EQ(text_after_quote.size(), 2u);
  EXPECT_EQ(*text_after_quote[0].problem,
            "text follows the closing quote of a field; write a quote that is text twice");
  EXPECT_EQ(at(text_after_quote[1], "b"), "4");
  const auto open = csv("a,b\n1,\"two\n3,4\n");
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(*open[0].problem,
            "the file ends inside a quoted field, so lines 2 to 4 cannot be read; close the field "
            "with a quote");
}

TEST(Csv, HeaderIsRequired) {
  EXPECT_EQ(error_of([] { csv(""); })->code(), ErrorCode::invalid_data);
  EXPECT_EQ(error_of([] { csv("\n \n"); })->code(), ErrorCode::invalid_data);
  EXPECT_TRUE(csv("a,b\n").empty());
}

TEST(JsonLines, KindsOfCells) {
  const auto records = jsonl(
      "{\"s\":\"x\",\"n\":1.50,\"b\":true,\"l\":[\"p\",\"q\"],\"e\":[],\"m\":[1],\"o\":{},\"z\":"
      "null}");
  ASSERT_EQ(records.size(), 1u);
  const auto& cells = records[0].cells;
  EXPECT_EQ(cells.at("s").text, "x");
  EXPECT_EQ(cells.at("n").text, "1.5");
  EXPECT_EQ(cells.at("b").text, "true");
  EXPECT_EQ(cells.at("l").list, (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(cells.at("e").kind, Cell::Kind::list);
  EXPECT_EQ(cells.at("m").kind, Cell::Kind::integers);
  EXPECT_EQ(cells.at("o").kind, Cell::Kind::other);
  EXPECT_EQ(cells.at("z").kind, Cell::Kind::null);
}

TEST(JsonLines, ReportsInvalidLinesAndContinues) {
  const auto records = jsonl("{\"a\":1}\r\n\n  \nnot json\n[1]\n{\"a\":\"\xFF\"}\n{\"a\":2}");
  ASSERT_EQ(records.size(), 5u);
  EXPECT_EQ(records[1].line, 4);
  EXPECT_EQ(*records[1].problem, "the line is not valid JSON: the problem is at byte 2 of 8");
  EXPECT_EQ(*records[2].problem, "the line is not a JSON object");
  EXPECT_EQ(*records[3].problem, "the line is not valid UTF-8: the problem is at byte 7 of 9");
  EXPECT_EQ(at(records[4], "a"), "2");
}

TEST(JsonLines, LinesMayEndInCarriageReturnAndNaNIsNull) {
  const auto records = jsonl("{\"a\":NaN,\"b\":1}\r{\"a\":2}\r");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].cells.at("a").kind, Cell::Kind::null);
  EXPECT_EQ(at(records[0], "b"), "1");
  EXPECT_EQ(records[1].line, 2);
}

TEST(Records, Utf16WithAByteOrderMarkIsDecoded) {
  const std::string text = "a,b\nx,\xC3\xA9\n";  // "é"
  std::string utf16 = "\xFF\xFE";
  for (const char c : std::string("a,b\nx,")) utf16 += {c, '\0'};
  utf16 += std::string("\xE9\0\n\0", 4);
  EXPECT_EQ(at(csv(utf16).at(0), "b"), at(csv(text).at(0), "b"));
}

TEST(JsonLines, SkipsVeryLongLines) {
  const std::string huge(kMaxRecordBytes + 10, 'x');
  const auto records = jsonl("{\"a\":\"" + huge + "\"}\n{\"a\":2}\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_NE(records[0].problem->find("longer than"), std::string::npos);
  EXPECT_EQ(at(records[1], "a"), "2");
}

TEST(JsonLines, DeepNestingIsSafe) {
  const auto records = jsonl("{\"a\":" + std::string(1'000'000, '[') + "\n{\"a\":2}\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_TRUE(records[0].problem);
}

}  // namespace
}  // namespace sightline
