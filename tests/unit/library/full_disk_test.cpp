// A disk that is full at any call of SQLite is an error that says so, and loses nothing.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/library.h>

#include <optional>

#include "unit/library/failing_disk.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::FailingDisk;
using test::HashEncoder;
using test::LibraryFolder;
namespace fs = std::filesystem;

// Runs `work` with a disk that becomes full at each of its calls, one after the other. `verify`
// gets whether the work was done.
void at_each_call(const std::function<void(LibraryFolder&)>& prepare,
                  const std::function<void(LibraryFolder&)>& work,
                  const std::function<void(LibraryFolder&, bool done)>& verify) {
  bool reached = true;
  constexpr int64_t kEach = 20;  // then every third: most calls write one page of the log
  for (int64_t at = 1; reached; at += at < kEach ? 1 : 3) {
    SCOPED_TRACE("call " + std::to_string(at));
    LibraryFolder folder;
    prepare(folder);
    bool done = true;
    {
      const FailingDisk disk(at);
      try {
        work(folder);
      } catch (const Error& error) {
        done = false;
        EXPECT_EQ(error.code(), ErrorCode::io);
        const bool said = std::string(error.what()).find("the disk is full") != std::string::npos;
        EXPECT_TRUE(said || !disk.failed_write()) << error.what();
      }
      reached = disk.calls() >= at;
    }
    verify(folder, done);
    if (testing::Test::HasFailure()) break;
  }
}

int64_t items_of(const LibraryFolder& folder) {
  return check_library(folder.library(), false).items;
}

void write_images(const LibraryFolder& folder, int begin, int end) {
  for (int i = begin; i < end; ++i)
    folder.write(std::to_string(i) + ".jpg", "image " + std::to_string(i));
}

TEST(FullDiskTest, ALibraryThatCouldNotBeMadeCanBeMadeLater) {
  at_each_call([](LibraryFolder&) {}, [](LibraryFolder& folder) { folder.store(); },
               [](LibraryFolder& folder, bool) {
                 HashEncoder encoder;
                 write_images(folder, 0, 3);
                 folder.index(encoder);
                 EXPECT_EQ(items_of(folder), 3);
                 for (const auto& entry : fs::directory_iterator(folder.library()))
                   EXPECT_EQ(entry.path().string().find("catalogue.new"), std::string::npos);
               });
}

TEST(FullDiskTest, NothingIsLostAndTheNextRunContinues) {
  HashEncoder encoder;
  at_each_call(
      [&](LibraryFolder& folder) {
        write_images(folder, 0, 10);
        folder.index(encoder);
      },
      [&](LibraryFolder& folder) {
        fs::remove(folder.image("3.jpg"));
        write_images(folder, 10, 20);
        folder.index(encoder);
      },
      [&](LibraryFolder& folder, bool done) {
        EXPECT_TRUE(check_library(folder.library(), false).problems.empty());
        // New images are committed before those that are gone are removed.
        const int64_t items = items_of(folder);
        EXPECT_TRUE(done ? items == 19 : items == 10 || items == 20) << items;
        folder.index(encoder);
        EXPECT_EQ(items_of(folder), 19);
      });
}

TEST(FullDiskTest, CompactionKeepsAllVectors) {
  HashEncoder encoder;
  at_each_call(
      [&](LibraryFolder& folder) {
        for (int i = 0; i < 4; ++i) {
          write_images(folder, 5 * i, 5 * i + 5);
          folder.index(encoder);
        }
      },
      [](LibraryFolder& folder) { folder.store().compact(true); },
      [](LibraryFolder& folder, bool) {
        const LibraryCheck check = check_library(folder.library(), false);
        EXPECT_TRUE(check.problems.empty());
        EXPECT_EQ(check.vectors, 20);
      });
}

// SQLite would apply the log of another catalogue to a new one.
TEST(FullDiskTest, ANewCatalogueDoesNotReadTheLogOfARemovedOne) {
  LibraryFolder folder;
  HashEncoder encoder;
  write_images(folder, 0, 300);
  folder.index(encoder);
  const fs::path catalogue = folder.library() / "catalogue.sqlite";
  {
    const Library reader(folder.library());  // keeps the log until it is closed
    write_images(folder, 300, 302);
    folder.index(encoder);
    fs::copy_file(catalogue.string() + "-wal", folder.image("wal"));
  }
  ASSERT_GT(fs::file_size(folder.image("wal")), 0u);
  fs::remove(catalogue);
  fs::rename(folder.image("wal"), catalogue.string() + "-wal");
  folder.index(encoder);
  EXPECT_TRUE(check_library(folder.library(), false).problems.empty());
  EXPECT_EQ(items_of(folder), 302);
}

}  // namespace
}  // namespace sightline
