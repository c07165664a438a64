#include "data/readers/webdataset.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "data/readers/shard_names.h"
#include "rows.h"
#include "tar_writer.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

using sightline::testing::error_of;
using sightline::testing::ids;
using sightline::testing::read_all;
using sightline::testing::tar_end;
using sightline::testing::tar_entry;
using sightline::testing::tar_header;
using sightline::testing::TemporaryFolder;
using sightline::testing::text;

using Texts = std::vector<std::string>;

std::vector<Row> rows_of(const std::string& tar, const DatasetOptions& options = {}) {
  const TemporaryFolder folder;
  return read_all(folder.write("s.tar", tar), options);
}

TEST(WebDataset, EntriesOfOneKeyAreOneSample) {
  const TemporaryFolder folder;
  const auto file = folder.write(
      "train-000.tar", tar_entry("./a/1.JPG", "one") + tar_entry("./a/1.txt", "x\r\n\ny\n") +
                           tar_entry("a/2.seg.png", "mask") + tar_entry("a/2.png", "two") +
                           tar_entry("a/2.json", R"({"caption": "z", "width": 7, "o": {}})") +
                           tar_entry("a/2.cls", "5\n") + tar_entry("README", "no sample") +
                           tar_entry("a/.hidden.jpg", "no sample") + tar_entry("a/3.dir", "", '5') +
                           tar_entry("3.webp", "three") +
                           tar_entry("3.json", R"({"captions": ["p", "q"], "split": "val"})") +
                           tar_entry("3.txt", "p q") + tar_end());
  const auto dataset = open_dataset(file);
  EXPECT_EQ(dataset->format(), "webdataset");
  EXPECT_EQ(dataset->columns().extra, (Texts{"cls", "split", "width"}));
  const auto rows = read_all(*dataset);
  ASSERT_EQ(ids(rows), (Texts{"a/1", "a/2", "3"}));
  EXPECT_EQ(text(rows[0].image), "one");
  EXPECT_EQ(rows[0].captions, (Texts{"x", "y"})) << "each line is a caption";
  EXPECT_EQ(rows[0].extra.at("split"), "train");
  EXPECT_EQ(text(rows[1].image), "two");
  EXPECT_EQ(rows[1].captions, (Texts{"z"}));
  EXPECT_EQ(rows[1].extra.at("cls"), "5");
  EXPECT_EQ(rows[1].extra.at("width"), "7");
  EXPECT_EQ(rows[2].captions, (Texts{"p", "q"})) << "a list takes precedence over txt";
  EXPECT_EQ(rows[2].extra.at("split"), "val");
  DatasetOptions options;
  options.split = "val";
  EXPECT_EQ(ids(read_all(file, options)), (Texts{"3"}));
  options.split = "";
  options.image_column = "seg.png";
  EXPECT_EQ(text(read_all(file, options)[1].image), "mask");
}

TEST(WebDataset, RequestedTextsMayDifferInCaseAndBeMissing) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.tar", tar_entry("1.jpg", "one") + tar_entry("1.TXT", "x") +
                                              tar_entry("1.json", R"({"Title": "t"})") +
                                              tar_entry("2.jpg", "two") + tar_end());
  DatasetOptions options;
  options.image_column = "JPG";
  options.text_columns = {"Txt", "title"};
  const auto rows = read_all(file, options);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].captions, (Texts{"x", "t"}));
  EXPECT_FALSE(rows[1].error) << "an image without the text remains a candidate";
  EXPECT_TRUE(rows[1].captions.empty());
  options.text_columns = {"txt", "other"};
  EXPECT_EQ(error_of([&] { open_dataset(file, options); })->code(), ErrorCode::not_found);
}

TEST(WebDataset, NumberedMembersAreCaptions) {
  const TemporaryFolder folder;
  const auto file = folder.write(
      "a.tar", tar_entry("1.jpg", "one") +
                   tar_entry("1.json", R"({"caption_1": "y", "caption_0": "x", "url": "u"})") +
                   tar_end());
  EXPECT_EQ(read_all(file).at(0).captions, (Texts{"x", "y"}));
}

TEST(WebDataset, ReadsFoldersPatternsAndGzip) {
  const TemporaryFolder folder;
  const auto shard = [](const std::string& key) {
    return tar_entry(key + ".jpg", key) + tar_entry(key + ".txt", "of " + key) + tar_end();
  };
  folder.write("test/0.tar", shard("a"));
  folder.write("test/1.tar", shard("b"));
  folder.write("train/0.tar", shard("c"));
  EXPECT_EQ(ids(read_all(folder.path() / "test")), (Texts{"a", "b"}));
  DatasetOptions options;
  options.split = "train";
  EXPECT_EQ(ids(read_all(folder.path(), options)), (Texts{"c"}));
  EXPECT_EQ(ids(read_all(folder.path() / "test" / "{0..1}.tar")), (Texts{"a", "b"}));
  EXPECT_EQ(ids(read_all(folder.path() / "{train,test}" / "0.tar")), (Texts{"c", "a"}));
  EXPECT_EQ(error_of([&] { open_dataset(folder.path() / "test" / "{0..2}.tar"); })->code(),
            ErrorCode::not_found);
  const auto packed = folder.path() / "x.tar.gz";
  const gzFile out = gzopen(packed.c_str(), "wb");
  const std::string content = shard("d");
  gzwrite(out, content.data(), static_cast<unsigned>(content.size()));
  gzclose(out);
  EXPECT_EQ(ids(read_all(packed)), (Texts{"d"}));
}

TEST(WebDataset, ExpandsBraces) {
  const auto names = [](const std::string& pattern) {
    Texts found;
    for (const auto& path : expand_braces(pattern)) found.push_back(path.string());
    return found;
  };
  EXPECT_EQ(names("a{008..011}.tar"), (Texts{"a008.tar", "a009.tar", "a010.tar", "a011.tar"}));
  EXPECT_EQ(names("{9..10}"), (Texts{"9", "10"}));
  EXPECT_EQ(names("{a,b}{0..1}"), (Texts{"a0", "a1", "b0", "b1"}));
  EXPECT_EQ(names("plain.tar"), (Texts{"plain.tar"}));
  for (const char* wrong : {"{1..", "{2..1}", "{a..b}", "{x}", "{0..99999999}", "{}",
                            "{0..999}{0..999}{0..999}", "{1..9999999999999999999999}"}) {
    EXPECT_EQ(error_of([&] { expand_braces(wrong); })->code(), ErrorCode::invalid_argument)
        << wrong;
  }
}

TEST(WebDataset, InvalidSamplesAreBrokenRows) {
  DatasetOptions options;
  options.max_image_bytes = 100;
  const auto rows =
      rows_of(tar_entry("ok.jpg", "x") + tar_entry("two.jpg", "x") + tar_entry("two.jpg", "y") +
                  tar_entry("link.jpg", "", '2') + tar_entry("link.txt", "linked") +
                  tar_entry("hard.jpg", "", '1') + tar_entry("hard.txt", "linked") +
                  tar_entry("big.jpg", std::string(101, 'x')) + tar_entry("big.txt", "t") +
                  tar_entry("json.jpg", "x") + tar_entry("json.json", "{nothing") +
                  tar_entry("list.jpg", "x") + tar_entry("list.json", "[1]") +
                  tar_entry("../../up.jpg", "x") + tar_entry("/etc/abs.jpg", "x") + tar_end(),
              options);
  ASSERT_EQ(ids(rows),
            (Texts{"ok", "two", "link", "hard", "big", "json", "list", "../../up", "/etc/abs"}));
  EXPECT_FALSE(rows[0].error);
  EXPECT_EQ(*rows[1].error, "the shard has two entries 'two.jpg'");
  EXPECT_EQ(*rows[2].error, "the sample has no image; its entries are: txt");
  EXPECT_TRUE(rows[3].error);
  EXPECT_EQ(*rows[4].error, "the entry 'big.jpg' has 101 bytes; expected at most 100");
  EXPECT_TRUE(rows[5].error && rows[6].error);
  // Entry names are used only as ids; no file of that name is opened.
  EXPECT_EQ(text(rows[7].image), "x");
  EXPECT_EQ(text(rows[8].image), "x");
}

TEST(WebDataset, ReadsTheNextShardAfterADamagedOne) {
  const TemporaryFolder folder;
  const std::string good = tar_entry("a.jpg", "x") + tar_entry("a.txt", "t");
  folder.write("0.tar", good + tar_entry("b.jpg", std::string(5000, 'x')).substr(0, 2000));
  folder.write("1.tar", good + std::string(512, 'z') + tar_end());
  folder.write("2.tar", "");
  folder.write("3.tar", good + tar_header("h.jpg", "77777777777", '0'));
  folder.write("4.tar",
               good + tar_header("h.jpg", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", '0'));
  folder.write("5.tar", good + tar_end());
  const auto rows = read_all(folder.path());
  Texts good_ids, bad_ids;
  for (const auto& row : rows) (row.error ? bad_ids : good_ids).push_back(row.id);
  // 1.tar loses the sample before the damage, since it may have continued there.
  EXPECT_EQ(good_ids, (Texts{"a", "a", "a", "a"}));
  EXPECT_GE(bad_ids.size(), 4u);
  EXPECT_EQ(bad_ids.at(0), "0.tar:b");
}

TEST(WebDataset, RejectsFilesThatAreNotShards) {
  for (const std::string& content :
       {std::string(), std::string("text"), std::string(4096, '\0'), std::string(100000, '\xff'),
        tar_entry("a.txt", "only text") + tar_end(), std::string("\x1f\x8b\x08\0\0\0\0\0", 8)}) {
    const auto error = error_of([&] { rows_of(content); });
    ASSERT_TRUE(error) << content.size();
    EXPECT_EQ(error->code(), ErrorCode::invalid_data);
  }
}

TEST(WebDataset, TextsAreDecoded) {
  const std::string utf16 = std::string("\xFF\xFE") + std::string("c\0a\0f\0\xE9\0", 8);
  const auto rows =
      rows_of(tar_entry("1.JPG", "x") +
              tar_entry("1.TXT",
                        "\xEF\xBB\xBF"
                        "a red heart") +
              tar_entry("2.jpg", "x") + tar_entry("2.txt", utf16) + tar_entry("3.jpg", "x") +
              tar_entry("3.txt", "one\rcaf\xE9") + tar_entry("4.jpg", "x") +
              tar_entry("4.json", "\xEF\xBB\xBF{\"caption\": \"four\", \"n\": NaN}") + tar_end());
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].captions, (Texts{"a red heart"}));
  EXPECT_EQ(rows[1].captions, (Texts{"caf\xC3\xA9"}));
  ASSERT_TRUE(rows[2].error);
  EXPECT_NE(rows[2].error->find("'3.txt', line 2: byte 4 is 0xE9"), std::string::npos);
  EXPECT_EQ(rows[3].captions, (Texts{"four"}));
}

TEST(WebDataset, SeveralImagesOfOneKeyNeedAName) {
  const std::string tar = tar_entry("1.0.jpg", "first") + tar_entry("1.1.jpg", "second") +
                          tar_entry("1.txt", "x") + tar_entry("2.0.png", "only") +
                          tar_entry("img.v1.001.jpg", "x") + tar_entry("img.v1.002.jpg", "x") +
                          tar_entry("3.0.jpg", "numbered") + tar_entry("3.jpg", "plain") +
                          tar_end();
  const auto rows = rows_of(tar);
  ASSERT_EQ(ids(rows), (Texts{"1", "2", "img", "3"}));
  ASSERT_TRUE(rows[0].error && rows[2].error);
  EXPECT_EQ(
      *rows[0].error,
      "the sample has several images; name one with --image-column; its entries are: 0.jpg, 1.jpg, "
      "txt");
  EXPECT_EQ(text(rows[1].image), "only");
  EXPECT_EQ(*rows[2].error,
            "the sample has no image; its entries are: v1.001.jpg, v1.002.jpg; a key ends at the "
            "first dot of the file name, so keys must not contain dots");
  EXPECT_EQ(text(rows[3].image), "plain");
  DatasetOptions options;
  options.image_column = "1.jpg";
  EXPECT_EQ(text(rows_of(tar, options)[0].image), "second");
}

TEST(WebDataset, ReadsNonAsciiNames) {
  const auto rows = rows_of(tar_entry("\xC3\xA9.jpg", "x") + tar_entry("\xC3\xA9.txt", "y") +
                            tar_entry("\xFF.jpg", "z") + tar_end());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "\xC3\xA9");
  EXPECT_EQ(rows[0].captions, (Texts{"y"}));
  EXPECT_EQ(text(rows[1].image), "z");
}

}  // namespace
}  // namespace sightline
