#include "search/dataset_names.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "expect_error.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

std::vector<std::string> names(const std::vector<std::string>& paths,
                               const std::vector<std::string>& reserved = {}) {
  std::vector<DatasetInput> inputs;
  for (const std::string& path : paths) inputs.push_back({path, {}, {}});
  return dataset_names(inputs, reserved);
}

using Names = std::vector<std::string>;

TEST(DatasetNames, AreThoseOfFoldersAndFiles) {
  EXPECT_EQ(names({"build/emoji", "build/drawings/", "x/captions.csv"}),
            (Names{"emoji", "drawings", "captions.csv"}));
  EXPECT_EQ(names({"/"}), Names{"dataset"});
  EXPECT_EQ(names({"a/\xff"}), Names{"\\xFF"});
}

TEST(DatasetNames, OfTheHubAreThoseOfRepositories) {
  EXPECT_EQ(names({"hub/datasets--org--flags/snapshots/"
                   "0123456789abcdef0123456789abcdef01234567"}),
            Names{"flags"});
}

TEST(DatasetNames, AreUnique) {
  EXPECT_EQ(names({"a/emoji", "b/emoji", "c/emoji-2", "d/emoji"}),
            (Names{"emoji", "emoji-2", "emoji-2-2", "emoji-3"}));
  EXPECT_EQ(names({"a/figures"}, {"figures"}), Names{"figures-2"});
}

TEST(DatasetNames, AreShortEnoughForFiles) {
  std::string bytes, escaped;
  for (int i = 0; i < 50; ++i) escaped += "\\xFF";
  const Names expected = {escaped, escaped + "-2"};
  EXPECT_EQ(names({"a/" + std::string(100, '\xff'), "b/" + std::string(90, '\xff')}), expected);
  for (int i = 0; i < 80; ++i) bytes += "€";
  EXPECT_EQ(names({bytes}), Names{bytes.substr(0, 198)});
}

TEST(DatasetNames, RejectAFolderAndItsMetadata) {
  const testing::TemporaryFolder folder;
  folder.write("metadata.csv", "file_name,text\n");
  const std::string path = folder.path().string();
  test::expect_error(ErrorCode::invalid_argument, "metadata.csv' is given twice", [&] {
    names({path, path + "/metadata.csv"});
  });
  folder.write("metadata.jsonl", "");
  EXPECT_EQ(names({path, path + "/metadata.csv"}).size(), 2u);  // reads metadata.jsonl
}

TEST(DatasetNames, RejectARepeatedPath) {
  test::expect_error(ErrorCode::invalid_argument, "the data set 'a/../emoji/' is given twice", [] {
    names({"emoji", "drawings", "a/../emoji/"});
  });
}

}  // namespace
}  // namespace sightline
