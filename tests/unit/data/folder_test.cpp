#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::error_of;
using sightline::testing::ids;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;

TEST(Folder, SortsByWholePath) {
  const TemporaryFolder folder;
  std::vector<std::string> names = {"a/x.png",   "a-b.png", "a.png",        "a0.png",  "B.png",
                                    "a/b/c.png", "z/1.png", "\xC3\xA4.png", "note.JPG"};
  for (const auto& name : names) folder.write(name, name);
  std::sort(names.begin(), names.end());
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->format(), "folder");
  EXPECT_EQ(dataset->size(), static_cast<int64_t>(names.size()));
  const auto rows = read_all(*dataset);
  EXPECT_EQ(ids(rows), names);
  for (const auto& row : rows) EXPECT_EQ(sightline::testing::text(row.image), row.id);
}

TEST(Folder, SkipsHiddenAndReportsSpecialFiles) {
  const TemporaryFolder folder;
  folder.write(".hidden.png", "x");
  folder.write(".cache/a.png", "x");
  folder.write("a.png", "x");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe.png").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  const auto rows = read_all(folder.path());
  ASSERT_EQ(ids(rows), (std::vector<std::string>{"a.png", "pipe.png"}));
  EXPECT_EQ(*rows[1].error, "it is a pipe, a socket or a device, not a file");
}

TEST(Folder, FollowsLinksOnceAndEndsLoops) {
  const TemporaryFolder folder, elsewhere;
  folder.write("in/a.png", "x");
  elsewhere.write("b.png", "x");
  fs::create_directory_symlink(folder.path(), folder.path() / "in" / "loop");
  fs::create_directory_symlink(folder.path() / "in", folder.path() / "again");
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "out1");
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "out2");
  fs::create_directory_symlink(folder.path(), elsewhere.path() / "back");
  fs::create_symlink(elsewhere.path() / "b.png", folder.path() / "link.png");
  EXPECT_EQ(ids(read_all(folder.path())),
            (std::vector<std::string>{"in/a.png", "link.png", "out1/b.png"}));
}

TEST(Folder, UnreadableFilesAreBrokenRows) {
  const TemporaryFolder folder;
  folder.write("big.png", std::string(100, 'x'));
  fs::create_symlink("nowhere", folder.path() / "lost.png");
  folder.write("ok.png", "x");
  DatasetOptions options;
  options.max_image_bytes = 50;
  const auto rows = read_all(folder.path(), options);
  ASSERT_EQ(ids(rows), (std::vector<std::string>{"big.png", "lost.png", "ok.png"}));
  EXPECT_NE(rows[0].error->find("at most 50"), std::string::npos);
  EXPECT_EQ(*rows[1].error, "the symbolic link is dangling");
  EXPECT_FALSE(rows[2].error);
}

TEST(Folder, DeepTreesAreSafe) {
  const TemporaryFolder folder;
  fs::path deep = folder.path();
  for (int i = 0; i < 500; ++i) deep /= "d";
  fs::create_directories(deep);
  folder.write("z.png", "x");
  const auto rows = read_all(folder.path());
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].id, "z.png");
}

TEST(Folder, SplitIsTheFirstFolder) {
  const TemporaryFolder folder;
  folder.write("train/a.png", "x");
  folder.write("test/b.png", "x");
  DatasetOptions options;
  options.split = "test";
  const auto dataset = open_dataset(folder.path(), options);
  EXPECT_EQ(dataset->size(), 1);
  EXPECT_EQ(ids(read_all(*dataset)), (std::vector<std::string>{"test/b.png"}));
  options.split = "validation";
  EXPECT_EQ(error_of([&] { read_all(folder.path(), options); })->code(), ErrorCode::not_found);
}

TEST(OpenDataset, ReportsErrors) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of([&] { open_dataset(folder.path() / "gone"); })->code(), ErrorCode::not_found);
  const auto file = folder.write("a.png", "x");
  EXPECT_EQ(error_of([&] { open_dataset(file); })->code(), ErrorCode::invalid_data);
  DatasetOptions options;
  options.text_columns = {"text"};
  EXPECT_EQ(error_of([&] { open_dataset(folder.path(), options); })->code(), ErrorCode::not_found);
  const TemporaryFolder empty;
  EXPECT_TRUE(read_all(empty.path()).empty());
}

}  // namespace
}  // namespace sightline
