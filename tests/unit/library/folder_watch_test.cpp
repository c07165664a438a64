#include "library/watch/folder_watch.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sightline/error.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <thread>

#include "library/watch/inotify.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Paths = std::set<std::string>;

constexpr WatchTimes kShort{.after_close = 20ms, .while_open = 40ms, .missing_root = 20ms};
// Files that may still be open are not reported during a test.
constexpr WatchTimes kPatient{.after_close = 20ms, .while_open = 1h, .missing_root = 20ms};

void write(const fs::path& path, const std::string& content = "content") {
  std::ofstream(path) << content;
}

class FolderWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "folder_watch_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    parent_ = fs::canonical(name);
    root_ = parent_ / "root";
    fs::create_directory(root_);
  }
  void TearDown() override { fs::remove_all(parent_); }

  std::string in_root(const std::string& name) const { return (root_ / name).string(); }
  std::vector<WatchRoot> roots() const { return {{root_, {}}}; }

  // Collects changes until `done`; fails after a long time.
  static FolderChanges collect(FolderWatch& watch,
                               const std::function<bool(const FolderChanges&)>& done) {
    FolderChanges all;
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (!done(all)) {
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << "the expected changes were not reported";
        break;
      }
      if (auto some = watch.wait(100ms)) {
        all.changed.merge(some->changed);
        all.removed.merge(some->removed);
        all.rescan.merge(some->rescan);
        all.missing_roots.merge(some->missing_roots);
      }
    }
    return all;
  }
  static FolderChanges until_changed(FolderWatch& watch, const Paths& paths) {
    return collect(
        watch, [&](const FolderChanges& all) { return std::ranges::includes(all.changed, paths); });
  }
  // Expects that nothing but changes of this file are reported up to it.
  void expect_only(FolderWatch& watch, const std::string& name) const {
    write(root_ / name);
    const FolderChanges all = until_changed(watch, {in_root(name)});
    EXPECT_EQ(all.changed, Paths{in_root(name)});
    EXPECT_EQ(all.removed, Paths());
    EXPECT_EQ(all.rescan, Paths());
    EXPECT_EQ(all.missing_roots, Paths());
  }

  fs::path parent_, root_;
};

TEST_F(FolderWatchTest, ReportsWhatHappensAfterTheStart) {
  write(root_ / "before.jpg");
  fs::create_directories(root_ / "a/b");
  FolderWatch watch(roots(), kShort);
  EXPECT_FALSE(watch.wait(0ms));
  write(root_ / "new.jpg");
  write(root_ / "a/b/deep.jpg");
  write(root_ / "before.jpg", "other");
  const Paths expected = {in_root("new.jpg"), in_root("a/b/deep.jpg"), in_root("before.jpg")};
  EXPECT_EQ(until_changed(watch, expected).changed, expected);
  fs::remove(root_ / "a/b/deep.jpg");
  const auto removed = collect(watch, [](const auto& all) { return !all.removed.empty(); });
  EXPECT_EQ(removed.removed, Paths{in_root("a/b/deep.jpg")});
  EXPECT_EQ(removed.changed, Paths());
}

TEST_F(FolderWatchTest, WaitsUntilAFileIsClosed) {
  FolderWatch watch(roots(), kPatient);
  std::ofstream file(root_ / "slow.jpg");
  for (int part = 0; part < 3; ++part) {
    file << "part" << std::flush;
    EXPECT_FALSE(watch.wait(60ms));
  }
  file.close();
  until_changed(watch, {in_root("slow.jpg")});
}

TEST_F(FolderWatchTest, ReportsAFileThatStaysOpen) {
  FolderWatch watch(roots(), kShort);
  std::ofstream file(root_ / "open.jpg");
  file << "content" << std::flush;
  until_changed(watch, {in_root("open.jpg")});
  file << "more" << std::flush;
  until_changed(watch, {in_root("open.jpg")});
}

TEST_F(FolderWatchTest, ReportsARenamedFileOnce) {
  write(root_ / "old.jpg");
  FolderWatch watch(roots(), kPatient);
  fs::rename(root_ / "old.jpg", root_ / "new.jpg");
  const auto changes = watch.wait(60s);
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->changed, Paths{in_root("new.jpg")});
  EXPECT_EQ(changes->removed, Paths{in_root("old.jpg")});
}

// Many programs write a temporary file and rename it.
TEST_F(FolderWatchTest, DoesNotReportHiddenAndExcludedNames) {
  fs::create_directories(root_ / ".hidden");
  fs::create_directories(root_ / "drafts");
  std::vector<WatchRoot> with_patterns = {{root_, {.exclude = {"drafts/", "*.tmp"}}}};
  FolderWatch watch(with_patterns, kShort);
  write(root_ / ".new.jpg.123");
  write(root_ / "a.tmp");
  write(root_ / ".hidden/a.jpg");
  write(root_ / "drafts/a.jpg");
  fs::create_directory(root_ / ".later");
  write(root_ / ".later/a.jpg");
  fs::rename(root_ / ".new.jpg.123", root_ / "new.jpg");
  const Paths expected = {in_root("new.jpg"), in_root("z.jpg")};
  write(root_ / "z.jpg");
  EXPECT_EQ(until_changed(watch, expected).changed, expected);

  FolderWatch all({{root_, {.exclude = {}, .include_hidden = true}}}, kShort);
  write(root_ / ".hidden/b.jpg");
  until_changed(all, {in_root(".hidden/b.jpg")});
}

TEST_F(FolderWatchTest, NewFoldersAreWatchedWithTheirFiles) {
  FolderWatch watch(roots(), kShort);
  fs::create_directories(root_ / "x/y");
  write(root_ / "x/y/first.jpg");
  until_changed(watch, {in_root("x/y/first.jpg")});
  write(root_ / "x/y/second.jpg");
  until_changed(watch, {in_root("x/y/second.jpg")});
  fs::create_directories(parent_ / "elsewhere/z");
  write(parent_ / "elsewhere/z/moved.jpg");
  fs::rename(parent_ / "elsewhere", root_ / "arrived");
  until_changed(watch, {in_root("arrived/z/moved.jpg")});
  write(root_ / "arrived/z/new.jpg");
  until_changed(watch, {in_root("arrived/z/new.jpg")});
}

TEST_F(FolderWatchTest, AFolderThatMovesWithinIsFollowed) {
  fs::create_directories(root_ / "a/sub");
  write(root_ / "a/sub/1.jpg");
  FolderWatch watch(roots(), kShort);
  fs::rename(root_ / "a", root_ / "b");
  const auto moved = until_changed(watch, {in_root("b/sub/1.jpg")});
  EXPECT_EQ(moved.removed, Paths{in_root("a")});
  write(root_ / "b/sub/2.jpg");
  const auto later = until_changed(watch, {in_root("b/sub/2.jpg")});
  EXPECT_EQ(later.changed, Paths{in_root("b/sub/2.jpg")});
}

TEST_F(FolderWatchTest, AFolderThatMovesAwayIsNotFollowed) {
  fs::create_directories(root_ / "a/sub");
  FolderWatch watch(roots(), kShort);
  fs::rename(root_ / "a", parent_ / "away");
  const auto gone = collect(watch, [](const auto& all) { return !all.removed.empty(); });
  EXPECT_EQ(gone.removed, Paths{in_root("a")});
  write(parent_ / "away/sub/1.jpg");
  expect_only(watch, "end.jpg");
}

TEST_F(FolderWatchTest, RemovingATreeReportsItsTop) {
  fs::create_directories(root_ / "a/b/c");
  write(root_ / "a/b/c/1.jpg");
  FolderWatch watch(roots(), kShort);
  fs::remove_all(root_ / "a");
  const auto all =
      collect(watch, [&](const auto& now) { return now.removed.contains(in_root("a")); });
  EXPECT_EQ(all.changed, Paths());
  fs::create_directories(root_ / "a/b");
  write(root_ / "a/b/2.jpg");
  until_changed(watch, {in_root("a/b/2.jpg")});
}

TEST_F(FolderWatchTest, AFolderInPlaceOfARemovedOneCausesARescan) {
  fs::create_directories(root_ / "a");
  write(root_ / "a/1.jpg");
  fs::create_directories(parent_ / "b");
  write(parent_ / "b/2.jpg");
  FolderWatch watch(roots(), kPatient);
  fs::rename(root_ / "a", parent_ / "away");
  fs::rename(parent_ / "b", root_ / "a");
  const auto all = until_changed(watch, {in_root("a/2.jpg")});
  EXPECT_TRUE(all.rescan.contains(root_.string()) || all.removed.contains(in_root("a")));
}

TEST_F(FolderWatchTest, ARootThatIsRemovedIsMissingUntilItIsBack) {
  FolderWatch watch(roots(), kShort);
  fs::remove_all(root_);
  const auto lost = collect(watch, [](const auto& all) { return !all.missing_roots.empty(); });
  EXPECT_EQ(lost.missing_roots, Paths{root_.string()});
  EXPECT_EQ(lost.removed, Paths());
  fs::create_directory(root_);
  const auto back = collect(watch, [](const auto& all) { return !all.rescan.empty(); });
  EXPECT_EQ(back.rescan, Paths{root_.string()});
  expect_only(watch, "new.jpg");
}

TEST_F(FolderWatchTest, ARootThatMovesAwayIsMissing) {
  write(root_ / "1.jpg");
  FolderWatch watch(roots(), kShort);
  fs::rename(root_, parent_ / "away");
  const auto lost = collect(watch, [](const auto& all) { return !all.missing_roots.empty(); });
  EXPECT_EQ(lost.missing_roots, Paths{root_.string()});
  write(parent_ / "away/2.jpg");
  fs::rename(parent_ / "away", root_);
  const auto back = collect(watch, [](const auto& all) { return !all.rescan.empty(); });
  EXPECT_EQ(back.changed, Paths());
  expect_only(watch, "3.jpg");
}

// The folder above a root is not watched.
TEST_F(FolderWatchTest, NothingIsReportedUnderTheFormerPathOfARoot) {
  fs::create_directories(root_ / "inner");
  const fs::path inner = root_ / "inner";
  FolderWatch watch({{inner, {}}}, kShort);
  fs::rename(root_, parent_ / "away");
  write(parent_ / "away/inner/1.jpg");
  const auto lost = collect(watch, [](const auto& all) { return !all.missing_roots.empty(); });
  EXPECT_EQ(lost.missing_roots, Paths{inner.string()});
  EXPECT_EQ(lost.changed, Paths());
}

TEST_F(FolderWatchTest, ARootMayAppearLater) {
  const fs::path later = parent_ / "later";
  FolderWatch watch({{root_, {}}, {later, {}}}, kShort);
  EXPECT_FALSE(watch.wait(0ms));
  fs::create_directory(later);
  const auto found = collect(watch, [](const auto& all) { return !all.rescan.empty(); });
  EXPECT_EQ(found.rescan, Paths{later.string()});
  write(later / "1.jpg");
  until_changed(watch, {(later / "1.jpg").string()});
}

TEST_F(FolderWatchTest, ARootMayBeAFile) {
  write(root_ / "one.jpg");
  FolderWatch watch({{root_ / "one.jpg", {}}}, kShort);
  write(root_ / "other.jpg");
  write(root_ / "one.jpg", "new");
  EXPECT_EQ(until_changed(watch, {in_root("one.jpg")}).changed, Paths{in_root("one.jpg")});
  fs::remove(root_ / "one.jpg");
  const auto gone = collect(watch, [](const auto& all) { return !all.removed.empty(); });
  EXPECT_EQ(gone.removed, Paths{in_root("one.jpg")});
  write(root_ / "one.jpg");
  until_changed(watch, {in_root("one.jpg")});
}

TEST_F(FolderWatchTest, FollowsLinksToFolders) {
  fs::create_directories(parent_ / "target");
  fs::create_directory_symlink(parent_ / "target", root_ / "link");
  fs::create_directory_symlink(root_, root_ / "loop");
  FolderWatch watch(roots(), kShort);
  write(parent_ / "target/1.jpg");
  EXPECT_EQ(until_changed(watch, {in_root("link/1.jpg")}).changed, Paths{in_root("link/1.jpg")});
  fs::remove(root_ / "link");
  const auto gone = collect(watch, [](const auto& all) { return !all.removed.empty(); });
  EXPECT_EQ(gone.removed, Paths{in_root("link")});
  write(parent_ / "target/2.jpg");
  expect_only(watch, "end.jpg");
  fs::create_directory_symlink(parent_ / "target", root_ / "again");
  until_changed(watch, {in_root("again/1.jpg"), in_root("again/2.jpg")});
  write(parent_ / "target/3.jpg");
  until_changed(watch, {in_root("again/3.jpg")});
}

TEST_F(FolderWatchTest, RawBytesInNames) {
  FolderWatch watch(roots(), kShort);
  write(root_ / "caf\xe9\n.jpg");
  until_changed(watch, {in_root("caf\xe9\n.jpg")});
}

TEST_F(FolderWatchTest, LostEventsCauseARescan) {
  size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit == 0 || limit > 100'000) GTEST_SKIP() << "the queue has room for " << limit;
  write(root_ / "a.jpg");
  FolderWatch watch(roots(), kShort);
  for (size_t i = 0; i < limit / 2; ++i) {
    fs::rename(root_ / "a.jpg", root_ / "b.jpg");
    fs::rename(root_ / "b.jpg", root_ / "a.jpg");
  }
  fs::create_directory(root_ / "unseen");
  const auto all = collect(watch, [](const auto& now) { return !now.rescan.empty(); });
  EXPECT_EQ(all.rescan, Paths{root_.string()});
  write(root_ / "unseen/1.jpg");
  until_changed(watch, {in_root("unseen/1.jpg")});
}

TEST_F(FolderWatchTest, StopEndsTheWait) {
  FolderWatch watch(roots(), kShort);
  std::thread other([&] { watch.stop(); });
  EXPECT_FALSE(watch.wait(std::chrono::milliseconds::max()));
  other.join();
  write(root_ / "a.jpg");
  EXPECT_FALSE(watch.wait(1h));
}

TEST_F(FolderWatchTest, ManyFilesAreReportedWithoutLoss) {
  FolderWatch watch(roots(), kShort);
  Paths expected;
  std::thread writer([&] {
    for (int folder = 0; folder < 20; ++folder) {
      const fs::path path = root_ / std::to_string(folder) / "sub";
      fs::create_directories(path);
      for (int i = 0; i < 50; ++i) write(path / (std::to_string(i) + ".jpg"));
    }
  });
  for (int folder = 0; folder < 20; ++folder) {
    for (int i = 0; i < 50; ++i) {
      expected.insert(in_root(std::to_string(folder) + "/sub/" + std::to_string(i) + ".jpg"));
    }
  }
  EXPECT_EQ(until_changed(watch, expected).changed, expected);
  writer.join();
}

TEST(Inotify, ErrorsNameTheSetting) {
  const Error watches = inotify_error(ENOSPC, "/photos");
  EXPECT_EQ(watches.code(), ErrorCode::limit_exceeded);
  EXPECT_NE(std::string(watches.what()).find("fs.inotify.max_user_watches="), std::string::npos);
  EXPECT_NE(std::string(watches.what()).find("'/photos'"), std::string::npos);
  const Error instances = inotify_error(EMFILE, "");
  EXPECT_NE(std::string(instances.what()).find("max_user_instances"), std::string::npos);
  EXPECT_EQ(inotify_error(ENOMEM, "/photos").code(), ErrorCode::io);
}

// In a user namespace the limit can be set.
TEST_F(FolderWatchTest, TheLimitOfWatchesIsAnError) {
  for (const char* name : {"a", "b", "c"}) fs::create_directory(root_ / name);
  constexpr int kSkipped = 3;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::unshare(CLONE_NEWUSER) != 0) ::_exit(kSkipped);
    std::ofstream setting("/proc/sys/user/max_inotify_watches");
    if (!(setting << 2 << std::flush)) ::_exit(kSkipped);
    try {
      FolderWatch watch(roots(), kShort);
    } catch (const Error& error) {
      ::_exit(error.code() == ErrorCode::limit_exceeded ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kSkipped) GTEST_SKIP() << "user namespaces are not allowed";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace sightline::library
