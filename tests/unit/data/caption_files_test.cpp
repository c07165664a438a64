// Rows read from COCO, Karpathy and Flickr caption files.
#include <gtest/gtest.h>

#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

using sightline::testing::error_of;
using sightline::testing::ids;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;
using sightline::testing::text;

using Texts = std::vector<std::string>;

constexpr const char* kCoco =
    R"({"info": {"year": 2017}, "licenses": [{"id": 4, "name": "CC BY"}],
 "images": [
  {"license": 4, "file_name": "000000000009.jpg", "coco_url": "http://c/9", "height": 48, "id": 9},
  {"license": 4, "file_name": "000000000025.jpg", "id": 25}],
 "annotations": [
  {"image_id": 25, "id": 1, "caption": "a giraffe"},
  {"image_id": 9, "id": 2, "caption": "food \u00e9"},
  {"image_id": 25, "id": 3, "caption": "two giraffes "}]})";

TEST(Coco, AssignsCaptionsToImagesInFileOrder) {
  const TemporaryFolder folder;
  folder.write("annotations/captions_val2017.json", kCoco);
  folder.write("annotations/instances_val2017.json", R"({"images": [], "annotations": []})");
  folder.write("val2017/000000000009.jpg", "nine");
  folder.write("val2017/000000000025.jpg", "twenty-five");
  for (const auto& path : {folder.path(), folder.path() / "annotations",
                           folder.path() / "annotations" / "captions_val2017.json"}) {
    const auto dataset = open_dataset(path);
    EXPECT_EQ(dataset->format(), "coco");
    EXPECT_EQ(dataset->size(), 2);
    EXPECT_TRUE(dataset->columns().list_captions);
    EXPECT_EQ(dataset->columns().extra,
              (Texts{"coco_id", "coco_url", "height", "license", "split"}));
    const auto rows = read_all(*dataset);
    ASSERT_EQ(ids(rows), (Texts{"000000000009.jpg", "000000000025.jpg"}));
    EXPECT_EQ(text(rows[0].image), "nine");
    EXPECT_EQ(rows[0].captions, (Texts{"food \xC3\xA9"}));
    EXPECT_EQ(rows[0].extra.at("coco_id"), "9");
    EXPECT_EQ(rows[0].extra.at("split"), "val2017");
    EXPECT_EQ(rows[1].captions, (Texts{"a giraffe", "two giraffes "}));
  }
}

TEST(Coco, FolderWithTwoSplitsIsOneDataSet) {
  const TemporaryFolder folder;
  const auto one = [](const std::string& name) {
    return R"({"annotations": [{"image_id": 1, "caption": "of )" + name +
           R"("}], "images": [{"id": 1, "file_name": ")" + name + R"(.jpg"}]})";
  };
  folder.write("annotations/captions_train2017.json", one("a"));
  folder.write("annotations/captions_val2017.json", one("b"));
  folder.write("train2017/a.jpg", "A");
  folder.write("val2017/b.jpg", "B");
  const auto all = read_all(folder.path());
  ASSERT_EQ(ids(all), (Texts{"a.jpg", "b.jpg"}));
  EXPECT_EQ(all[0].captions, (Texts{"of a"})) << "annotations may precede the images";
  DatasetOptions options;
  options.split = "val2017";
  EXPECT_EQ(ids(read_all(folder.path(), options)), (Texts{"b.jpg"}));
  options.split = "test";
  EXPECT_EQ(error_of([&] { open_dataset(folder.path(), options); })->code(), ErrorCode::not_found);
}

TEST(Coco, EachInvalidRecordIsABrokenRow) {
  const TemporaryFolder folder;
  folder.write("a.jpg", "A");
  const auto file = folder.write("captions_x.json", R"({"images": [
    {"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}, {"id": 2},
    {"id": 3, "file_name": 7}, 5, {"file_name": "c.jpg"}, {"id": 4, "file_name": "gone.jpg"},
    {"id": 5, "file_name": "../a.jpg"}, {"id": 6, "file_name": "/etc/passwd"},
    {"id": 7, "file_name": "a\u0000.jpg"}, {"id": 8, "file_name": ""}],
   "annotations": [{"image_id": 1, "caption": "x"}, {"image_id": 1, "caption": 7},
    {"caption": "y"}, [], {"image_id": 99, "caption": "z"}, {"image_id": 99, "caption": "z"}]})");
  Texts problems;
  for (const auto& row : read_all(file)) {
    if (row.error) problems.push_back(row.id + " " + *row.error);
  }
  ASSERT_EQ(problems.size(), 14u);
  EXPECT_EQ(problems[0],
            "captions_x.json:images[1] the image 'b.jpg' has the id 1 of an earlier image");
  EXPECT_NE(problems[5].find("gone.jpg"), std::string::npos);
  EXPECT_NE(problems[6].find("leaves the data set's folder"), std::string::npos);
  EXPECT_NE(problems[7].find("absolute path outside"), std::string::npos);
  EXPECT_NE(problems[8].find("zero byte"), std::string::npos);
  EXPECT_EQ(problems[13],
            "captions_x.json:99 the file has 2 captions for the image 99, which it does not list");
}

TEST(Coco, RejectsObjectAnnotationsAndNamesMissingImages) {
  const TemporaryFolder folder;
  const auto objects =
      folder.write("instances.json", R"({"images": [{"id": 1, "file_name": "a.jpg"}],
      "annotations": [{"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4]}]})");
  EXPECT_NE(std::string(error_of([&] { open_dataset(objects); })->what()).find("captions_*.json"),
            std::string::npos);
  const auto without_images = folder.write("captions_val2017.json", kCoco);
  const auto error = error_of([&] { open_dataset(without_images); });
  EXPECT_EQ(error->code(), ErrorCode::not_found);
  EXPECT_NE(std::string(error->what()).find("000000000009.jpg"), std::string::npos);
  // options.image_root may name their folder.
  const TemporaryFolder elsewhere;
  elsewhere.write("000000000025.jpg", "P");
  DatasetOptions options;
  options.image_root = elsewhere.path();
  const auto rows = read_all(without_images, options);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].error);
  EXPECT_EQ(text(rows[1].image), "P");
}

TEST(Karpathy, ReadsSplitsSentencesAndFolders) {
  const TemporaryFolder folder;
  const auto file = folder.write("dataset_coco.json", R"({"images": [
    {"filepath": "val2014", "sentids": [1], "filename": "a.jpg", "imgid": 0, "split": "test",
     "sentences": [{"tokens": ["a", "man"], "raw": "A man.", "imgid": 0, "sentid": 1},
                   {"tokens": ["no", "raw"]}], "cocoid": 391895},
    {"filepath": "train2014", "filename": "b.jpg", "split": "restval", "sentences": []},
    {"filename": "c.jpg", "split": "test", "sentences": [{"raw": 5}]},
    {"filename": "d.jpg", "split": "test"}, 7], "dataset": "coco"})");
  folder.write("val2014/a.jpg", "A");
  folder.write("train2014/b.jpg", "B");
  const auto rows = read_all(folder.path());
  ASSERT_EQ(ids(rows), (Texts{"val2014/a.jpg", "train2014/b.jpg", "c.jpg", "d.jpg",
                              "dataset_coco.json:images[4]"}));
  EXPECT_EQ(rows[0].captions, (Texts{"A man.", "no raw"}));
  EXPECT_EQ(rows[0].extra.at("split"), "test");
  EXPECT_EQ(rows[0].extra.at("cocoid"), "391895");
  EXPECT_TRUE(rows[2].error && rows[3].error && rows[4].error);
  DatasetOptions options;
  options.split = "train,restval";
  EXPECT_EQ(error_of([&] { open_dataset(file, options); })->code(), ErrorCode::not_found);
  options.split = "restval";
  EXPECT_EQ(text(read_all(file, options).at(0).image), "B");
}

TEST(Karpathy, FindsImagesInAFlatFolder) {
  const TemporaryFolder folder;
  folder.write("dataset.json", R"({"images": [{"filepath": "val2014", "filename": "a.jpg",
    "sentences": [{"raw": "x"}]}]})");
  folder.write("images/a.jpg", "A");
  EXPECT_EQ(text(read_all(folder.path()).at(0).image), "A");
}

TEST(Flickr, ReadsTokenFileWithSplitLists) {
  const TemporaryFolder folder;
  folder.write(
      "Flickr8k.token.txt",
      "1.jpg#0\tA child .\r\n1.jpg#1\tA girl  in pink .\r\n2.jpg#0\tDogs .\r\n\r\nbroken\r\n"
      "1.jpg#2\tlate\r\n");
  folder.write("Flickr8k.lemma.token.txt", "1.jpg#0\tA child .\n");
  folder.write("Flickr_8k.testImages.txt", "2.jpg\r\n");
  folder.write("Flickr_8k.trainImages.txt", "1.jpg\n");
  folder.write("Flicker8k_Dataset/1.jpg", "one");
  folder.write("Flicker8k_Dataset/2.jpg", "two");
  const auto rows = read_all(folder.path());
  ASSERT_EQ(ids(rows), (Texts{"1.jpg", "2.jpg", "Flickr8k.token.txt:5"}));
  EXPECT_EQ(rows[0].captions, (Texts{"A child .", "A girl  in pink .", "late"}));
  EXPECT_EQ(rows[0].extra.at("split"), "train");
  EXPECT_EQ(text(rows[1].image), "two");
  DatasetOptions options;
  options.split = "test";
  EXPECT_EQ(ids(read_all(folder.path(), options)), (Texts{"2.jpg", "Flickr8k.token.txt:5"}))
      << "a broken row's split is unknown, so the row is always reported";
}

TEST(Flickr, ReadsResultsWithVerticalBars) {
  const TemporaryFolder folder;
  folder.write("results.csv",
               "image_name| comment_number| comment\n1.jpg| 0| Two men, \"one\" tall | short .\n"
               "1.jpg| 1| x\n2.jpg| 4   A dog runs .\n2.jpg| no\n");
  folder.write("flickr30k_images/1.jpg", "one");
  const auto rows = read_all(folder.path());
  ASSERT_EQ(ids(rows), (Texts{"1.jpg", "2.jpg", "results.csv:5"}));
  EXPECT_EQ(rows[0].captions, (Texts{"Two men, \"one\" tall | short .", "x"}));
  folder.write("flickr30k_images/2.jpg", "two");
  EXPECT_EQ(read_all(folder.path())[1].captions, (Texts{"A dog runs ."}));
}

}  // namespace
}  // namespace sightline
