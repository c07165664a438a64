// Metadata files as public tools and people write them: each is read with the right rows, or an
// error says what to change.
#include <gtest/gtest.h>

#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

using sightline::testing::error_of;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;

using Texts = std::vector<std::string>;

struct Case {
  std::string name, file, content;
  // Expected rows: "ID: CAPTION | CAPTION", or "ID! REASON" for a broken row. A single "! MESSAGE"
  // is the error of the data set. Reasons and messages are parts.
  Texts expected;
  Texts images = {"images/a.png", "images/b.png"};
  DatasetOptions options = {};
};

DatasetOptions image_column(const std::string& name) {
  DatasetOptions options;
  options.image_column = name;
  return options;
}

std::string utf16(const std::string& ascii) {
  std::string text = "\xFF\xFE";
  for (const char c : ascii) text += {c, '\0'};
  return text;
}

const std::string kCoco =
    R"({"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
    "annotations": [{"image_id": 1, "caption": "cap a"}, {"image_id": 2, "caption": "cap b"},
    {"image_id": 1, "caption": "cap a2"}], "categories": []})";
const Texts kCocoRows = {"a.png: cap a | cap a2", "b.png: cap b"};
const Texts kRows = {"a.png: cap a", "b.png: cap b"};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

std::vector<Case> coco_cases() {
  const std::string x = "captions_x.json";
  return {
      {"Plain", x, kCoco, kCocoRows},
      {"ByteOrderMark", x, "\xEF\xBB\xBF" + kCoco, kCocoRows},
      {"Utf16", x, utf16(kCoco), kCocoRows},
      {"OtherName", "annotations.json", kCoco, kCocoRows},
      {"ImageListedTwice", x, replaced(kCoco, "}],", R"(}, {"id": 1, "file_name": "a.png"}],)"),
       kCocoRows},
      {"IdOfTwoImages",
       x,
       replaced(kCoco, "}],", R"(}, {"id": 1, "file_name": "c.png"}],)"),
       {"a.png: cap a | cap a2", "b.png: cap b", "captions_x.json:images[2]! has the id 1 of"}},
      {"IdsAreStrings", x,
       replaced(replaced(kCoco, "\"id\": 1", "\"id\": \"1\""), "\"image_id\": 1",
                "\"image_id\": \"1\""),
       kCocoRows},
      {"NaN", x, replaced(kCoco, "\"id\": 1,", "\"id\": 1, \"score\": NaN, \"w\": -Infinity,"),
       kCocoRows},
      {"IdIsNaN",
       x,
       replaced(kCoco, "\"id\": 2", "\"id\": NaN"),
       {"a.png: cap a | cap a2", "captions_x.json:images[1]! has no 'id'",
        "captions_x.json:2! 1 caption for the image 2, which it does not list"}},
      {"CaptionOfNoImage",
       x,
       replaced(kCoco, "\"cap a2\"}", R"("cap a2"}, {"image_id": 99, "caption": "orphan"})"),
       {"a.png: cap a | cap a2", "b.png: cap b", "captions_x.json:99! which it does not list"}},
      {"CaptionIsNull",
       x,
       replaced(kCoco, "\"cap b\"", "null"),
       {"a.png: cap a | cap a2", "b.png: "}},
      {"WhiteSpaceIsKept",
       x,
       replaced(kCoco, "\"cap b\"", R"("  cap b\n")"),
       {"a.png: cap a | cap a2", "b.png:   cap b\n"}},
      {"Subfolder",
       x,
       replaced(replaced(kCoco, "a.png", "val2017/a.png"), "b.png", "val2017/b.png"),
       {"val2017/a.png: cap a | cap a2", "val2017/b.png: cap b"},
       {"images/val2017/a.png", "images/val2017/b.png"}},
      {"ObjectAnnotations",
       "instances.json",
       R"({"images": [{"id": 1, "file_name": "a.png"}],
       "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]}]})",
       {"! object annotations, not captions; expected COCO's captions_*.json"}},
      {"InvalidUtf8",
       x,
       replaced(kCoco, "cap b", "caf\xE9"),
       {"! is not valid UTF-8: line 2, byte "}},
      {"SyntaxError",
       x,
       replaced(kCoco, "{\"image_id\": 1", "{image_id: 1"),
       {"! is not valid JSON: syntax error in line 2, byte "}},
  };
}

std::vector<Case> table_cases() {
  const std::string x = "x.csv";
  return {
      {"UpperCaseColumns", x, "Image,Caption\na.png,cap a\nb.png,cap b\n", kRows},
      {"RequestedColumnInAnotherCase",
       x,
       "Where,Caption\na.png,cap a\nb.png,cap b\n",
       kRows,
       {"images/a.png", "images/b.png"},
       image_column("where")},
      {"RepeatedColumn",
       x,
       "image,caption,caption\na.png,cap a,cap a2\nb.png,cap b,cap b2\n",
       {"a.png: cap a | cap a2", "b.png: cap b | cap b2"}},
      {"CaseWithOtherColumns", x, "Id,Image,Caption,Author\n1,a.png,cap a,x\n2,b.png,cap b,y\n",
       kRows},
      {"Txt", x, "key,jpg,image,txt\n1,x,a.png,cap a\n2,x,b.png,cap b\n", kRows},
      {"OldMacLineEnds", x, "image,caption\ra.png,cap a\rb.png,cap b\r", kRows},
      {"WindowsLineEnds", x, "image,caption\r\na.png,cap a\r\nb.png,cap b\r\n\r\n", kRows},
      {"Utf16", x, utf16("image,caption\r\na.png,cap a\r\nb.png,cap b\r\n"), kRows},
      {"IdsWithoutExtension",
       x,
       "id,caption\n000001,cap a\n000002,cap b\n",
       {"! has no column of image files; name it with --image-column"},
       {"images/000001.png", "images/000002.png"}},
      {"IdsWithoutExtensionAsImageColumn",
       x,
       "id,caption\n000001,cap a\n000002,cap b\n3,cap c\n",
       {"000001: cap a", "000002: cap b", "3! No such file"},
       {"images/000001.png", "images/000002.PNG"},
       image_column("id")},
      {"NumbersAsNames",
       x,
       "image,caption\n1,cap a\n2,cap b\n",
       {"1: cap a", "2: cap b"},
       {"images/1.png", "images/2.jpg"}},
      {"NumbersAsCaptions", x, "image,caption\na.png,7\nb.png,0.5\n", {"a.png: 7", "b.png: 0.5"}},
      {"NoHeader",
       x,
       "a.png,cap a\nb.png,cap b\n",
       {"! has no header: its first line contains 'a.png'; add a first line such as"}},
      {"ZeroByte",
       x,
       std::string("image,caption\na.png,cap\0a\nb.png,cap b\n", 38),
       {"a.png: ", "x.csv:2! a caption is not text: byte 4 is zero", "b.png: cap b"}},
      {"InvalidUtf8",
       x,
       "image,caption\na.png,caf\xE9\na.png,cap a\nb.png,cap b\n",
       {"a.png: cap a", "x.csv:2! byte 4 is 0xE9, which is not valid UTF-8", "b.png: cap b"}},
      {"OpenQuote",
       x,
       "image,caption\na.png,\"unterminated\nb.png,cap b\n",
       {"x.csv:2! lines 2 to 4 cannot be read; close the field with a quote"}},
      {"Ragged",
       x,
       "image,caption\na.png,cap a,extra\nb.png\n",
       {"x.csv:2! expected 2 fields as in the header, found 3; put a field", "b.png: "}},
      {"SpacesAfterSeparators", x, "image, caption\na.png, cap a\nb.png, cap b\n", kRows},
      {"OnlyWebAddresses",
       x,
       "url,caption\nhttp://x/a.jpg,cap a\n",
       {"! only web addresses in 'url'; images are not downloaded: download them first"}},
      {"WebAddressesAsNames",
       x,
       "image,caption\nhttp://x/a.jpg,cap a\n",
       {"! names its images by web addresses, such as 'http://x/a.jpg'; images are not"}},
      {"ConceptualCaptions",
       "x.tsv",
       "cap a\thttp://x/a.jpg\ncap b\thttp://x/b.jpg\n",
       {"! has no header: its first line contains 'http://x/a.jpg'; add a first line such as "
        "image,caption; images are not downloaded"}},
      {"OpenClip",
       x,
       "filepath\ttitle\nimages/a.png\tcap a\nimages/b.png\tcap b\n",
       {"images/a.png: cap a", "images/b.png: cap b"}},
      {"PandasIndex", x, ",image,caption\n0,a.png,cap a\n1,b.png,cap b\n", kRows},
  };
}

std::vector<Case> flickr_cases() {
  return {
      {"Token",
       "Flickr8k.token.txt",
       "a.png#0\tcap a\na.png#1\tcap a one\nb.png#0\tcap b\n",
       {"a.png: cap a | cap a one", "b.png: cap b"}},
      {"WindowsLineEnds", "Flickr8k.token.txt", "a.png#0\tcap a\r\nb.png#0\tcap b\r\n", kRows},
      {"OldMacLineEnds", "Flickr8k.token.txt", "a.png#0\tcap a\rb.png#0\tcap b\r", kRows},
      {"InvalidUtf8",
       "Flickr8k.token.txt",
       "a.png#0\tcap a\nb.png#0\tcap \xFF\nb.png#1\tcap b\n",
       {"a.png: cap a", "Flickr8k.token.txt:2! the caption is not text: byte 5 is 0xFF",
        "b.png: cap b"}},
      {"Kaggle",
       "captions.txt",
       "image,caption\na.png,\"A child , in a pink dress\"\na.png,cap \"two\" .\nb.png,cap b\n",
       {"a.png: A child , in a pink dress | cap \"two\" .", "b.png: cap b"}},
      {"KaggleUnquotedComma",
       "captions.txt",
       "image,caption\na.png, cap, with comma unquoted\nb.png,cap b\n",
       {"captions.txt:2! put a field that contains ',' in double quotes", "b.png: cap b"}},
      {"ResultsWithoutBar",
       "results.csv",
       "image_name| comment_number| comment\na.png| 0| cap a\na.png| 1| cap a1\n"
       "b.png| 4   A dog runs across the grass .\n",
       {"a.png: cap a | cap a1", "b.png: A dog runs across the grass ."}},
  };
}

std::vector<Case> json_cases() {
  const std::string x = "data.json";
  return {
      {"List",
       x,
       R"([{"image": "a.png", "caption": ["cap a", "cap a2"]}, {"image": "b.png", "caption": "cap b"}])",
       {"a.png: cap a | cap a2", "b.png: cap b"}},
      {"UpperCaseColumns", x, R"([{"Image": "a.png", "Caption": "cap a"}])", {"a.png: cap a"}},
      {"NaNAsCaption",
       x,
       R"([{"image": "a.png", "caption": NaN}, {"image": "b.png", "caption": "cap b"}])",
       {"a.png: ", "b.png: cap b"}},
      {"LinesInAJsonFile", x,
       "{\"image\": \"a.png\", \"caption\": \"cap a\"}\n{\"image\": \"b.png\", \"caption\": \"cap "
       "b\"}\n",
       kRows},
      {"LinesOfPython",
       "data.jsonl",
       "\xEF\xBB\xBF{\"image\": \"a.png\", \"caption\": \"cap a\", \"score\": Infinity}\n"
       "{\"image\": \"b.png\", \"caption\": \"caf\xE9\"}\n",
       {"a.png: cap a", "data.jsonl:2! the line is not valid UTF-8: the problem is at byte 36"}},
      {"Map",
       x,
       R"({"a.png": ["cap a", "cap a2"], "b.png": ["cap b"]})",
       {"a.png: cap a | cap a2", "b.png: cap b"}},
      {"MapOnLines",
       x,
       "{\n \"a.png\": \"cap a\",\n \"b.png\": []\n}\n",
       {"a.png: cap a", "b.png: "}},
      {"MapToObjects",
       x,
       R"({"a.png": {"caption": "cap a", "n": 1}, "b.png": {"caption": null}})",
       {"a.png: cap a", "b.png: "}},
      {"Karpathy",
       "dataset_x.json",
       R"({"images": [{"filepath": "val2014", "filename": "a.png", "split": "test",
       "sentences": [{"raw": "cap a", "tokens": ["cap"]}], "imgid": NaN}], "dataset": "coco"})",
       {"val2014/a.png: cap a"},
       {"val2014/a.png"}},
  };
}

std::string shown(const Row& row) {
  if (row.error) return row.id + "! " + *row.error;
  std::string text = row.id + ": ";
  for (const auto& caption : row.captions)
    text += (&caption == &row.captions[0] ? "" : " | ") + caption;
  return text;
}

class MetadataVariants : public ::testing::TestWithParam<Case> {};

TEST(MetadataOfImageFolder, CaptionsAreText) {
  const TemporaryFolder folder;
  folder.write("a.png", "image");
  folder.write("metadata.csv", "file_name,text\na.png,caf\xE9\na.png\na.png,\"one, two\"\n");
  const auto rows = read_all(folder.path());
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(*rows[0].error,
            "line 2: a caption is not text: byte 4 is 0xE9, which is not valid UTF-8");
  EXPECT_EQ(rows.back().captions, (Texts{"one, two"}));
}

TEST_P(MetadataVariants, AreReadOrRefusedWithAdvice) {
  const Case& test = GetParam();
  const TemporaryFolder folder;
  for (const auto& image : test.images) folder.write(image, "image");
  const auto file = folder.write(test.file, test.content);
  if (test.expected[0].starts_with("! ")) {
    const auto error = error_of([&] { open_dataset(file, test.options); });
    ASSERT_TRUE(error);
    EXPECT_NE(std::string(error->what()).find(test.expected[0].substr(2)), std::string::npos)
        << error->what();
    EXPECT_EQ(std::string(error->what()).find('\n'), std::string::npos) << "one sentence";
    return;
  }
  const auto rows = read_all(file, test.options);
  Texts found;
  for (const auto& row : rows) found.push_back(shown(row));
  ASSERT_EQ(found.size(), test.expected.size()) << ::testing::PrintToString(found);
  for (size_t i = 0; i < found.size(); ++i) {
    const std::string& expected = test.expected[i];
    const size_t reason = expected.find("! ");
    if (reason == expected.npos) {
      EXPECT_EQ(found[i], expected);
      continue;
    }
    EXPECT_TRUE(found[i].starts_with(expected.substr(0, reason + 2))) << found[i];
    EXPECT_NE(found[i].find(expected.substr(reason + 2)), std::string::npos) << found[i];
  }
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Coco, MetadataVariants, ::testing::ValuesIn(coco_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Table, MetadataVariants, ::testing::ValuesIn(table_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Flickr, MetadataVariants, ::testing::ValuesIn(flickr_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Json, MetadataVariants, ::testing::ValuesIn(json_cases()), name_of);

}  // namespace
}  // namespace sightline
