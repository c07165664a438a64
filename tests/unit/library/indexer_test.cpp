#include "library/indexing/indexer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "expect_error.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using library::IndexCounts;
using test::expect_error;
using test::HashEncoder;
using test::LibraryFolder;
namespace fs = std::filesystem;

class IndexerTest : public testing::Test {
 protected:
  std::vector<VectorItem> items() const {
    const auto collection = Library(folder_.library()).collection();
    const RowMask live = collection->rows_matching({});
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < live.rows(); ++row) {
      if (live.has(row)) rows.push_back(row);
    }
    return collection->items(rows);
  }
  std::string path(const std::string& name) const { return folder_.image(name).string(); }

  // A file that changed less than 0.1 s before it was read is read again by the next run.
  static void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(150)); }

  LibraryFolder folder_;
  HashEncoder encoder_;
};

TEST_F(IndexerTest, ReadsUnchangedFilesOnce) {
  for (int i = 0; i < 10; ++i)
    folder_.write(std::to_string(i) + ".jpg", "image " + std::to_string(i));
  settle();
  const IndexCounts first = folder_.index(encoder_);
  EXPECT_EQ(first.added, 10);
  EXPECT_EQ(first.encoded, 10);
  const IndexCounts second = folder_.index(encoder_);
  EXPECT_EQ(second.files, 10);
  EXPECT_EQ(second.unchanged, 10);
  EXPECT_EQ(second.updated + second.added + second.encoded, 0);
}

TEST_F(IndexerTest, EncodesIdenticalFilesOnceAndShowsThemAsOneImage) {
  folder_.write("a.jpg", "same");
  folder_.write("sub/b.jpg", "same");
  const IndexCounts counts = folder_.index(encoder_);
  EXPECT_EQ(counts.added, 2);
  EXPECT_EQ(counts.encoded, 1);
  EXPECT_EQ(counts.reused, 1);
  folder_.write("c.jpg", "same");
  EXPECT_EQ(folder_.index(encoder_).encoded, 0);
  EXPECT_EQ(encoder_.encoded, 1);
  ASSERT_EQ(items().size(), 1u);
  EXPECT_EQ(items()[0].id, path("a.jpg"));
  EXPECT_EQ(items()[0].copies, (std::vector<std::string>{path("c.jpg"), path("sub/b.jpg")}));
}

TEST_F(IndexerTest, DoesNotReadMovedFiles) {
  folder_.write("album/a.jpg", "first");
  folder_.write("album/b.jpg", "second");
  settle();
  folder_.index(encoder_);
  fs::rename(folder_.image("album"), folder_.image("renamed"));
  const IndexCounts counts = folder_.index(encoder_);
  EXPECT_EQ(counts.moved, 2);
  EXPECT_EQ(counts.added + counts.removed + counts.updated + counts.encoded, 0);
  ASSERT_EQ(items().size(), 2u);
  EXPECT_EQ(items()[0].id, path("renamed/a.jpg"));
}

// File systems give the inode of a removed file to the next one.
TEST_F(IndexerTest, DoesNotTakeANewFileForAMovedOne) {
  for (int round = 0; round < 5; ++round) {
    const std::string old = "old" + std::to_string(round) + ".jpg";
    const std::string fresh = "new" + std::to_string(round) + ".jpg";
    folder_.write(old, "image o" + std::to_string(round));
    settle();
    struct stat before {};
    ASSERT_EQ(::stat(path(old).c_str(), &before), 0);
    folder_.index(encoder_);
    fs::remove(folder_.image(old));
    folder_.write(fresh, "image n" + std::to_string(round));
    const timespec times[2] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, path(fresh).c_str(), times, 0), 0);
    folder_.index(encoder_);
    EXPECT_TRUE(encoder_.seen.contains("image n" + std::to_string(round)));
  }
  EXPECT_EQ(items().size(), 5u);
}

TEST_F(IndexerTest, ReadsSidecarsAgainThatCouldNotBeRead) {
  folder_.write("a.jpg", "image");
  folder_.write("a.txt", std::string("\0\xff\xfe\x01", 4) + std::string(2 << 20, 'x'));
  settle();
  folder_.index(encoder_);
  EXPECT_TRUE(items()[0].captions.empty());
  folder_.write("a.txt", "snow\n");
  folder_.index(encoder_);
  EXPECT_EQ(items()[0].captions, std::vector<std::string>{"snow"});
}

TEST_F(IndexerTest, NoticesAChangeThatKeepsSizeAndTimeOfChange) {
  folder_.write("a.jpg", "image 1");
  settle();
  struct stat before {};
  ASSERT_EQ(::stat(path("a.jpg").c_str(), &before), 0);
  folder_.index(encoder_);
  folder_.write("a.jpg", "image 2");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, path("a.jpg").c_str(), times, 0), 0);
  EXPECT_EQ(folder_.index(encoder_).updated, 1);
  EXPECT_TRUE(encoder_.seen.contains("image 2"));
}

TEST_F(IndexerTest, RemovesWhatIsGone) {
  folder_.write("a.jpg", "first");
  folder_.write("b.jpg", "second");
  folder_.index(encoder_);
  fs::remove(folder_.image("a.jpg"));
  EXPECT_EQ(folder_.index(encoder_).removed, 1);
  ASSERT_EQ(items().size(), 1u);
  EXPECT_EQ(items()[0].id, path("b.jpg"));
}

TEST_F(IndexerTest, KeepsTheItemsOfAFolderThatCannotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can read every folder";
  folder_.write("closed/a.jpg", "first");
  folder_.index(encoder_);
  fs::permissions(folder_.image("closed"), fs::perms::none);
  const IndexCounts counts = folder_.index(encoder_);
  fs::permissions(folder_.image("closed"), fs::perms::owner_all);
  EXPECT_EQ(counts.removed, 0);
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(items().size(), 1u);
}

TEST_F(IndexerTest, KeepsTheItemsOfALinkWhoseDiskIsNotMounted) {
  LibraryFolder disk;
  disk.write("a.jpg", "first");
  disk.write("sub/b.jpg", "second");
  fs::create_directory_symlink(disk.images(), folder_.image("disk"));
  EXPECT_EQ(folder_.index(encoder_).added, 2);
  const fs::path away = disk.images().string() + "-away";
  fs::rename(disk.images(), away);
  EXPECT_EQ(folder_.index(encoder_).removed, 0);
  EXPECT_EQ(items().size(), 2u);
  fs::rename(away, disk.images());
  const IndexCounts back = folder_.index(encoder_);
  EXPECT_EQ(back.encoded, 0);
  EXPECT_EQ(back.removed, 1);  // the failure of the link
  EXPECT_EQ(items().size(), 2u);
}

// As if the items had been on another device.
TEST_F(IndexerTest, KeepsTheItemsOfAnEmptyFolderOnAnotherDevice) {
  folder_.write("disk/2019/a.jpg", "first");
  folder_.write("own/b.jpg", "second");
  folder_.write("c.jpg", "third");
  settle();
  folder_.index(encoder_);
  const auto on_other_device = [&] {
    library::Store store = folder_.store();
    store.change().database().execute("UPDATE items SET device = device + 1");
    store.commit();
  };
  on_other_device();
  const auto scan = [&] {
    library::Store store = folder_.store();
    const int64_t model = LibraryFolder::model(store, encoder_);
    return scan_folder(store, folder_.images(), {{}, model, false, {}});
  };
  EXPECT_EQ(scan().renumbered.size(), 3u);
  EXPECT_EQ(folder_.index(encoder_).unchanged, 3);
  EXPECT_TRUE(scan().renumbered.empty());
  on_other_device();
  fs::remove_all(folder_.image("disk/2019"));
  EXPECT_EQ(scan().unmounted, std::vector{path("disk")});
  EXPECT_EQ(folder_.index(encoder_).removed, 0);
  EXPECT_EQ(items().size(), 3u);
  fs::remove(folder_.image("own/b.jpg"));  // its device has its new number in the catalogue now
  EXPECT_EQ(folder_.index(encoder_).removed, 1);
  fs::remove(folder_.image("disk"));
  EXPECT_EQ(folder_.index(encoder_).removed, 1);
  EXPECT_EQ(items().size(), 1u);
}

TEST_F(IndexerTest, RecordsFailuresAndTriesThemAgainLater) {
  folder_.write("good.jpg", "image");
  folder_.write("bad.jpg", "broken");
  settle();
  EXPECT_EQ(folder_.index(encoder_).failed, 1);
  EXPECT_EQ(items().size(), 1u);
  const Library library(folder_.library());
  ASSERT_EQ(library.failures().size(), 1u);
  EXPECT_EQ(library.failures()[0].id, path("bad.jpg"));
  EXPECT_NE(library.failures()[0].reason.find("is not an image"), std::string::npos);
  EXPECT_EQ(folder_.index(encoder_).failed, 0);  // unchanged: not before its time
  EXPECT_EQ(folder_.index(encoder_, true).failed, 1);
  EXPECT_EQ(library.failures()[0].attempts, 2);
  folder_.write("bad.jpg", "mended");
  EXPECT_EQ(folder_.index(encoder_).failed, 0);
  EXPECT_TRUE(library.failures().empty());
  EXPECT_EQ(items().size(), 2u);
}

TEST_F(IndexerTest, ReadsCaptionsFromSidecars) {
  folder_.write("a.jpg", "image");
  folder_.write("a.txt", "a path through snow\nwinter\n");
  settle();
  folder_.index(encoder_);
  ASSERT_EQ(items().size(), 1u);
  EXPECT_EQ(items()[0].captions, (std::vector<std::string>{"a path through snow", "winter"}));
  folder_.write("a.txt", "spring\n");
  const IndexCounts counts = folder_.index(encoder_);
  EXPECT_EQ(counts.updated, 1);
  EXPECT_EQ(counts.encoded, 0);
  EXPECT_EQ(items()[0].captions, std::vector<std::string>{"spring"});
}

// A batch is encoded as a whole, so a failure of the process loses at most what was not committed.
TEST_F(IndexerTest, ContinuesAfterAFailureOfTheEncoder) {
  for (int i = 0; i < 20; ++i)
    folder_.write(std::to_string(i) + ".jpg", "image " + std::to_string(i));
  HashEncoder failing;
  failing.fail_after = 9;
  expect_error(ErrorCode::io, "the test ends this process", [&] { folder_.index(failing); });
  EXPECT_TRUE(check_library(folder_.library(), false).problems.empty());
  EXPECT_EQ(folder_.index(encoder_).failed, 0);
  EXPECT_EQ(items().size(), 20u);
  EXPECT_TRUE(check_library(folder_.library(), true).problems.empty());
}

TEST_F(IndexerTest, KeepsWhatWasDoneWhenItIsCancelled) {
  for (int i = 0; i < 20; ++i)
    folder_.write(std::to_string(i) + ".jpg", "image " + std::to_string(i));
  {
    library::Store store = folder_.store();
    const int64_t model = folder_.model(store, encoder_);
    const ProgressFn stop = [](const ProgressUpdate& update) {
      if (update.stage == "indexing" && update.done >= 8)
        throw Error(ErrorCode::cancelled, "stopped");
    };
    library::Indexer indexer(store, model, encoder_, {4, false, stop});
    expect_error(ErrorCode::cancelled, "stopped", [&] {
      indexer.index(library::scan_folder(store, folder_.images(), {{}, model, false, {}}));
    });
  }
  EXPECT_EQ(items().size(), 8u);
  EXPECT_TRUE(check_library(folder_.library(), false).problems.empty());
  const IndexCounts rest = folder_.index(encoder_);
  EXPECT_EQ(rest.added, 12);
  EXPECT_EQ(encoder_.encoded, 20);
}

TEST_F(IndexerTest, RefusesASecondWriterByName) {
  const library::Store first = folder_.store();
  expect_error(ErrorCode::io, "'a test' (process " + std::to_string(::getpid()),
               [&] { folder_.store(); });
}

TEST_F(IndexerTest, KeepsFileNamesThatAreNotUtf8) {
  const std::string name = "caf\xe9.jpg";
  folder_.write(name, "image");
  folder_.index(encoder_);
  ASSERT_EQ(items().size(), 1u);
  EXPECT_TRUE(items()[0].id.ends_with("caf\\xE9.jpg"));
  const auto collection = Library(folder_.library()).collection();
  const auto images = collection->read_images(items());
  EXPECT_EQ(std::string(images[0].begin(), images[0].end()), "image");
}

// While images are encoded with another model, those whose files changed are found with the former.
TEST_F(IndexerTest, KeepsChangedFilesUntilTheModelIsSwitched) {
  folder_.write("a.jpg", "first");
  folder_.write("b.jpg", "second");
  folder_.index(encoder_);
  folder_.write("b.jpg", "changed");
  HashEncoder next("other");
  {
    library::Store store = folder_.store();
    const int64_t model = folder_.model(store, next);
    library::Indexer indexer(store, model, next, {4, false, {}, true});
    indexer.index(library::scan_without_vector(store, {{}, model, false, {}}));
    EXPECT_EQ(indexer.take_changed(), std::vector<std::string>{path("b.jpg")});
    EXPECT_TRUE(indexer.take_changed().empty());
  }
  EXPECT_EQ(next.encoded, 1);
  EXPECT_EQ(items().size(), 2u);
  EXPECT_TRUE(check_library(folder_.library(), false).problems.empty());
}

TEST_F(IndexerTest, ImagesWithoutAVectorOfTheActiveModelAreNoDamage) {
  folder_.write("a.jpg", "first");
  folder_.index(encoder_);
  folder_.write("b.jpg", "second");
  HashEncoder next("other");
  folder_.index(next);
  const LibraryCheck check = check_library(folder_.library(), false);
  EXPECT_TRUE(check.problems.empty());
  ASSERT_EQ(check.notes.size(), 1u);
  EXPECT_NE(check.notes[0].find("1 image without a vector of the active model 'hash'"),
            std::string::npos);
}

}  // namespace
}  // namespace sightline
