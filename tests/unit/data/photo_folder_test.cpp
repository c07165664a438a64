// Folders as cameras, editors and network storage leave them.
#include <gtest/gtest.h>
#include <sightline/rows.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path_id.h"
#include "data/readers/exclude_patterns.h"
#include "data/readers/image_files.h"
#include "rows.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::error_of;
using sightline::testing::ids;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;
using Ids = std::vector<std::string>;

constexpr const char* kJpeg = "\xff\xd8\xff\xe0";

TEST(PhotoFolder, OtherFilesAreNotRows) {
  const TemporaryFolder folder;
  for (const char* name : {"a.jpg", "B.HEIC", "sub/c.Png"}) folder.write(name, "x");
  for (const char* name :
       {"a.xmp", "a.jpg.json", "a.JPG.xmp", "a.aae", "a.thm", "a.txt", "Thumbs.db", "desktop.ini",
        ".DS_Store", "clip.MP4", "clip.mov", "song.mp3", "sub/d.zip"})
    folder.write(name, kJpeg);
  EXPECT_EQ(ids(read_all(folder.path())), (Ids{"B.HEIC", "a.jpg", "sub/c.Png"}));
  const std::vector<fs::path> paths = {folder.path()};
  EXPECT_EQ(RowReader::of_files(paths).size(), 3);
}

TEST(PhotoFolder, JsonNextToEveryImageIsNoDataSet) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) {
    folder.write(std::string(name) + ".jpg", "x");
    folder.write(std::string(name) + ".json", R"([{"SourceFile": "x.jpg", "Title": "X"}])");
    folder.write(std::string(name) + ".jpg.json", R"([{"SourceFile": "x.jpg", "Title": "X"}])");
  }
  const auto dataset = open_dataset(folder.path());
  EXPECT_EQ(dataset->format(), "folder");
  EXPECT_EQ(ids(read_all(*dataset)), (Ids{"a.jpg", "b.jpg"}));
}

TEST(PhotoFolder, TheFirstBytesDecideAboutUnknownNames) {
  const TemporaryFolder folder;
  folder.write("no_extension", kJpeg);
  folder.write("photo.jpg_large", kJpeg);
  folder.write("notes", "some text");
  folder.write("thing.xyz", std::string(100, '\0'));
  folder.write("empty", "");
  folder.write("empty.jpg", "");
  EXPECT_EQ(ids(read_all(folder.path())), (Ids{"empty.jpg", "no_extension", "photo.jpg_large"}));
}

TEST(PhotoFolder, ALargeFileIsNotReadToFindThatItIsNoImage) {
  const TemporaryFolder folder;
  for (const char* name : {"video.mp4", "video.unknown"}) {
    fs::resize_file(folder.write(name, "\0\0\0 ftypisom"), uintmax_t{1} << 40);  // sparse
  }
  EXPECT_TRUE(read_all(folder.path()).empty());
}

TEST(PhotoFolder, FoldersOfOtherProgramsAreExcluded) {
  const TemporaryFolder folder;
  folder.write("a.jpg", "x");
  for (const char* name : {"@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", "sub/node_modules/x.png",
                           "#recycle/b.jpg", ".thumbnails/t.jpg", "$RECYCLE.BIN/c.jpg",
                           "__MACOSX/a.jpg", "lost+found/d.jpg", "System Volume Information/e.png",
                           ".git/f.png", ".Trash-1000/files/g.jpg", "._a.jpg", ".h.jpg"})
    folder.write(name, "x");
  EXPECT_EQ(ids(read_all(folder.path())), (Ids{"a.jpg"}));
  DatasetOptions options;
  options.folder.include_hidden = true;
  EXPECT_EQ(ids(read_all(folder.path(), options)), (Ids{".h.jpg", "a.jpg"}));
  options.folder.exclude = {"!node_modules/", "!.git/", ".h.*"};
  EXPECT_EQ(ids(read_all(folder.path(), options)),
            (Ids{".git/f.png", "a.jpg", "sub/node_modules/x.png"}));
  EXPECT_EQ(ids(read_all(folder.path() / "@eaDir")), (Ids{"a.jpg/SYNOPHOTO_THUMB_M.jpg"}));
}

TEST(PhotoFolder, PatternsApplyToPlainFoldersOnly) {
  const TemporaryFolder folder;
  folder.write("a.jpg", "x");
  folder.write("metadata.jsonl", R"({"file_name": "a.jpg", "text": "A"})");
  DatasetOptions options;
  options.folder.exclude = {"*.gif"};
  const auto error = error_of([&] { open_dataset(folder.path(), options); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
  EXPECT_NE(std::string(error->what()).find("imagefolder"), std::string::npos) << error->what();
}

TEST(PhotoFolder, NamesThatAreNotUtf8AreReadAndHaveReversibleIds) {
  const TemporaryFolder folder;
  const std::vector<std::string> names = {"caf\xe9.jpg", "\xff\xfe/\xc3\xa9.png", "a\\xE9.jpg",
                                          "new\nline.jpg"};
  for (const auto& name : names) folder.write(name, name);
  for (const Row& row : read_all(folder.path())) {
    const std::string name = path_of_id(row.id).native();
    EXPECT_EQ(sightline::testing::text(row.image), name) << row.id;
  }
  EXPECT_EQ(ids(read_all(folder.path())),
            (Ids{"a\\x5CxE9.jpg", "caf\\xE9.jpg", "new\nline.jpg", "\\xFF\\xFE/\xc3\xa9.png"}));
}

TEST(PhotoFolder, AFolderThatCannotBeReadIsReported) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can read every folder";
  const TemporaryFolder folder;
  folder.write("a.jpg", "x");
  folder.write("closed/b.jpg", "x");
  fs::permissions(folder.path() / "closed", fs::perms::none);
  const auto rows = read_all(folder.path());
  fs::permissions(folder.path() / "closed", fs::perms::owner_all);
  ASSERT_EQ(ids(rows), (Ids{"a.jpg", "closed/"}));
  EXPECT_NE(rows[1].error->find("cannot read the folder"), std::string::npos);
}

TEST(PhotoFolder, LinksThatAreNoImagesAreNotReported) {
  const TemporaryFolder folder;
  fs::create_symlink("nowhere", folder.path() / "lost.txt");
  fs::create_symlink("nowhere", folder.path() / "lost.jpg");
  fs::create_symlink("loop.jpg", folder.path() / "loop.jpg");
  const auto rows = read_all(folder.path());
  ASSERT_EQ(ids(rows), (Ids{"loop.jpg", "lost.jpg"}));
  EXPECT_NE(rows[0].error->find("levels of symbolic links"), std::string::npos) << *rows[0].error;
}

struct PatternCase {
  const char* pattern;
  const char* path;
  bool folder, excluded;
};

TEST(ExcludePatterns, MatchAsInGitignore) {
  const PatternCase cases[] = {
      {"*.gif", "a.gif", false, true},
      {"*.gif", "x/y/a.gif", false, true},
      {"*.gif", "a.gif.png", false, false},
      {"a*b*c", "axxbyyc", false, true},
      {"a*b*c", "axxbyy", false, false},
      {"drafts/", "x/drafts", true, true},
      {"drafts/", "x/drafts", false, false},
      {"/raw", "raw", true, true},
      {"/raw", "x/raw", true, false},
      {"2019/raw", "2019/raw", true, true},
      {"2019/raw", "x/2019/raw", true, false},
      {"2019/*", "2019/a", false, true},
      {"2019/*", "2019/a/b", false, false},
      {"2019/**", "2019/a/b", false, true},
      {"2019/**/small", "2019/small", true, true},
      {"2019/**/small", "2019/a/b/small", true, true},
      {"2019/**/small", "2019/a/xsmall", true, false},
      {"**/small", "small", true, true},
      {"**/small", "a/b/small", true, true},
      {"IMG_[0-9]?.jpg", "IMG_12.jpg", false, true},
      {"IMG_[!0-9]?.jpg", "IMG_12.jpg", false, false},
      {"[]]", "]", false, true},
      {"[a-]", "-", false, true},
      {"\\*", "*", false, true},
      {"\\*", "a", false, false},
      {"?", "/", false, false},
      {"caf\xe9*", "caf\xe9.jpg", false, true},
  };
  for (const auto& item : cases) {
    EXPECT_EQ(ExcludePatterns({item.pattern}).excludes(item.path, item.folder), item.excluded)
        << item.pattern << " " << item.path;
  }
}

TEST(ExcludePatterns, TheLastMatchCounts) {
  EXPECT_FALSE(ExcludePatterns({"*.gif", "!keep.gif"}).excludes("keep.gif", false));
  EXPECT_TRUE(ExcludePatterns({"!keep.gif", "*.gif"}).excludes("keep.gif", false));
}

TEST(ExcludePatterns, TakeLinearTime) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "*a";
  EXPECT_FALSE(ExcludePatterns({pattern + "b"}).excludes(std::string(2000, 'a'), false));
}

TEST(ExcludePatterns, RejectMalformedOnes) {
  for (const char* pattern : {"", "/", "!", "[a", "a\\", "[a\\"}) {
    const auto error = error_of([&] { ExcludePatterns({pattern}); });
    ASSERT_TRUE(error) << pattern;
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument) << pattern;
  }
}

}  // namespace
}  // namespace sightline
