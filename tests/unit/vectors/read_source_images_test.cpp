// Images of a vector set, read again from folders and data sets.
#include <gtest/gtest.h>
#include <sightline/vectors.h>
#include <unistd.h>

#include "base/file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

class SourceImages : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_source_test." + std::to_string(::getpid()));
    fs::create_directories(folder_ / "sub");
    for (const char* name : {"a.png", "sub/b.png", "c.png"}) {
      write_file_atomic(folder_ / name, std::string_view(name));
    }
    write_file_atomic(folder_ / "metadata.jsonl",
                      std::string_view(R"({"file_name": "a.png", "split": "train", "id": "same"}
{"file_name": "c.png", "split": "test", "id": "same"}
{"file_name": "gone.png", "split": "test"}
)"));
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<std::string> read(const VectorSource& source, std::vector<VectorItem> items) const {
    std::vector<std::string> texts;
    for (const auto& bytes : read_source_images(source, items)) {
      texts.emplace_back(bytes.begin(), bytes.end());
    }
    return texts;
  }

  fs::path folder_;
};

TEST_F(SourceImages, OfFilesStartFromTheFolder) {
  VectorSource source;
  source.folder = folder_;
  const std::string absolute = folder_ / "c.png";
  EXPECT_EQ(read(source, {{"sub/b.png", {}, {}}, {"no.png", {}, {}}, {absolute, {}, {}}}),
            (std::vector<std::string>{"sub/b.png", "", "c.png"}));
}

TEST_F(SourceImages, OfADataSetAreFoundByIdAndSplit) {
  const auto dataset = open_dataset(folder_);
  std::vector<VectorItem> items;
  std::vector<std::string> expected;
  while (auto row = dataset->next()) {
    items.push_back({row->id, {}, {{"split", row->extra["split"]}}});
    expected.emplace_back(row->image.begin(), row->image.end());
  }
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(expected[1], "c.png");
  VectorSource source;
  source.dataset.path = folder_;
  EXPECT_EQ(read(source, items), expected);
  source.dataset.splits = {"train"};
  EXPECT_EQ(read(source, items), (std::vector<std::string>{"a.png", "", ""}));
  source.dataset.splits = {"train", "test"};
  EXPECT_EQ(read(source, items), expected);
  EXPECT_EQ(read(source, {{items[1].id, {}, {}}})[0].substr(1), ".png");  // any split
}

}  // namespace
}  // namespace sightline
