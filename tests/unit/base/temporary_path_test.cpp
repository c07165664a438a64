#include "base/temporary_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/npy_rows.h"
#include "base/output_file.h"
#include "expect_error.h"
#include "size_limit.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

class TemporaryPaths : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "sightline-temporary-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.insert(entry.path().filename().string());
    return names;
  }

  // Runs `work` in a process that is then killed.
  template <typename Work>
  static void in_killed_process(const Work& work) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      work();
      ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }

  fs::path folder_;
};

TEST_F(TemporaryPaths, ReplaceTheirTargetOrNothing) {
  const fs::path file = folder_ / "a.txt", made = folder_ / "set";
  {
    const TemporaryPath dropped(file, TemporaryPath::Kind::file);
    const TemporaryPath folder(made, TemporaryPath::Kind::folder);
    std::ofstream(folder.path() / "content") << "x";
    EXPECT_EQ(folder.path().filename().string()[0], '.');
    EXPECT_EQ(names().size(), 2u);
  }
  EXPECT_TRUE(names().empty());
  fs::create_directory(made);  // an empty folder is replaced
  TemporaryPath kept(file, TemporaryPath::Kind::file), folder(made, TemporaryPath::Kind::folder);
  std::ofstream(folder.path() / "content") << "x";
  ASSERT_EQ(::write(kept.descriptor(), "new", 3), 3);
  kept.commit();
  folder.commit();
  EXPECT_EQ(names(), (std::set<std::string>{"a.txt", "set"}));
  EXPECT_EQ(read_text_file(file), "new");
  EXPECT_TRUE(fs::exists(made / "content"));
}

TEST_F(TemporaryPaths, OfKilledProcessesAreRemovedOthersAreNot) {
  const fs::path target = folder_ / "v.npy";
  in_killed_process([&] {
    new TemporaryPath(target, TemporaryPath::Kind::file);
    new TemporaryPath(target, TemporaryPath::Kind::folder);
  });
  for (const char* name : {"v.npy.tmp.999999999.0", "v.npy.tmp.2024", "v.npy.tmp.x.0",
                           "v.npy.tmp.7.0.txt", "other.npy.tmp.7.0", "v.npy"}) {
    std::ofstream(folder_ / name) << name;
  }
  EXPECT_EQ(names().size(), 8u);
  {
    const TemporaryPath busy(target, TemporaryPath::Kind::file);
    remove_leftovers(target);
    EXPECT_TRUE(fs::exists(busy.path()));
  }
  EXPECT_EQ(names(), (std::set<std::string>{"other.npy.tmp.7.0", "v.npy", "v.npy.tmp.2024",
                                            "v.npy.tmp.7.0.txt", "v.npy.tmp.x.0"}));
}

// Each process creates temporary files of one target, and removes left-over ones, all the time.
TEST_F(TemporaryPaths, AreNotTakenFromAnotherProcess) {
  constexpr int kProcesses = 4, kRounds = 1500;
  const fs::path target = folder_ / "v.npy";
  const auto work = [&] {
    for (int i = 0; i < kRounds; ++i) {
      const auto kind = i % 2 == 0 ? TemporaryPath::Kind::file : TemporaryPath::Kind::folder;
      const TemporaryPath own(target, kind);
      remove_leftovers(target);
      if (!fs::exists(own.path())) return 1;
    }
    return 0;
  };
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(::fork());
    ASSERT_GE(children.back(), 0);
    if (children.back() != 0) continue;
    int result = 2;
    try {
      result = work();
    } catch (...) {
    }
    ::_exit(result);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0) << "1: the file was removed; 2: an exception";
  }
  EXPECT_TRUE(names().empty());
}

// Makes flock() fail in this process from now on, as on a file system without locks.
bool refuse_locks() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_flock, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {static_cast<unsigned short>(std::size(code)), code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Without locks nothing shows whether another process, perhaps on another computer, still writes.
TEST_F(TemporaryPaths, WithoutLocksFilesAreWrittenAndLeftoversStay) {
  const fs::path target = folder_ / "v.npy";
  std::ofstream(folder_ / "v.npy.tmp.999999999.0") << "x";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (!refuse_locks()) ::_exit(3);
    int result = 0;
    try {
      const FolderLock lock(folder_ / "train.lock", "another run");
      TemporaryPath file(target, TemporaryPath::Kind::file);
      remove_leftovers(target);
      if (!fs::exists(file.path()) || !fs::exists(folder_ / "v.npy.tmp.999999999.0")) result = 1;
      file.commit();
      new TemporaryPath(target, TemporaryPath::Kind::folder);
    } catch (...) {
      result = 2;
    }
    ::_exit(result);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 3) GTEST_SKIP() << "this system does not allow seccomp filters";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: a file was removed; 2: an exception";
  // A process that has locks does not take the unlocked folder for a left-over one.
  remove_leftovers(target);
  const auto left = names();
  EXPECT_EQ(left.size(), 2u);
  EXPECT_EQ(left.count("v.npy"), 1u);
}

TEST_F(TemporaryPaths, OfManyTargetsAreRemovedByName) {
  in_killed_process([&] {
    for (const char* name : {"a.png", "b.svg", "mine.txt"})
      new TemporaryPath(folder_ / name, TemporaryPath::Kind::file);
  });
  EXPECT_EQ(names().size(), 3u);
  remove_leftovers(folder_, [](const std::string& name) { return name != "mine.txt"; });
  const auto left = names();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_TRUE(left.begin()->starts_with("mine.txt.tmp."));
}

TEST_F(TemporaryPaths, ScratchFoldersAreOwnAndLeaveNothing) {
  const std::string before = ::getenv("TMPDIR") != nullptr ? ::getenv("TMPDIR") : "";
  ::setenv("TMPDIR", folder_.c_str(), 1);
  in_killed_process([] { new ScratchFolder; });
  EXPECT_EQ(names().size(), 1u);
  {
    const ScratchFolder folder;
    EXPECT_EQ(names().size(), 1u);  // that of the killed process is removed
    EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms::owner_all);
    std::ofstream(folder.path() / "content") << "x";
  }
  EXPECT_TRUE(names().empty());
  ::setenv("TMPDIR", (folder_ / "none").c_str(), 1);
  expect_error(ErrorCode::io, "none': ", [] { ScratchFolder(); });
  if (before.empty())
    ::unsetenv("TMPDIR");
  else
    ::setenv("TMPDIR", before.c_str(), 1);
}

TEST_F(TemporaryPaths, AnArrayReplacesWhatAKilledRunHasLeft) {
  const fs::path target = folder_ / "v.npy";
  const std::vector<float> row = {1, 2};
  in_killed_process([&] { (new NpyRowWriter(target, 2))->append(row); });
  EXPECT_EQ(names().size(), 1u);
  NpyRowWriter writer(target, 2);
  writer.append(row);
  writer.close();
  EXPECT_EQ(names(), (std::set<std::string>{"v.npy"}));
}

TEST_F(TemporaryPaths, AllOfAProcessCanBeRemovedAtOnce) {
  const TemporaryPath file(folder_ / "a", TemporaryPath::Kind::file);
  const TemporaryPath folder(folder_ / "b", TemporaryPath::Kind::folder);
  std::ofstream(folder.path() / "content") << "x";
  remove_own_temporaries();
  EXPECT_TRUE(names().empty());
}

TEST_F(TemporaryPaths, AreRemovedWhileAThreadWritesToThem) {
  for (int round = 0; round < 20; ++round) {
    const TemporaryPath folder(folder_ / "b", TemporaryPath::Kind::folder);
    std::atomic<int> written{0};
    std::thread writer([&] {
      for (int i = 0; std::ofstream(folder.path() / std::to_string(i)).is_open(); ++i) ++written;
    });
    while (written < 50) std::this_thread::yield();
    remove_own_temporaries();
    EXPECT_TRUE(names().empty());
    writer.join();
  }
}

TEST_F(TemporaryPaths, ErrorsNameTheTargetAndTheReason) {
  expect_error(ErrorCode::not_found, "none/a.npy': No such file or directory",
               [&] { TemporaryPath(folder_ / "none" / "a.npy", TemporaryPath::Kind::file); });
  std::ofstream(folder_ / "file") << "x";
  expect_error(ErrorCode::not_found, "file/a': Not a directory",
               [&] { write_file_atomic(folder_ / "file" / "a", std::string_view("x")); });
  fs::create_directory(folder_ / "full");
  std::ofstream(folder_ / "full" / "x") << "x";
  TemporaryPath folder(folder_ / "full", TemporaryPath::Kind::folder);
  expect_error(ErrorCode::io, "full': Directory not empty", [&] { folder.commit(); });
  if (::geteuid() == 0) return;  // root may write everywhere
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  expect_error(ErrorCode::io, "a.npy': Permission denied",
               [&] { NpyRowWriter(folder_ / "a.npy", 1); });
  fs::permissions(folder_, fs::perms::owner_all);
}

TEST_F(TemporaryPaths, AFullDiskIsNamedByEveryWriterAndLeavesNothing) {
  const std::string large(200'000, 'x');
  const std::vector<float> rows(50'000, 1.0f);
  {
    const test::SizeLimit limit(100'000);
    expect_error(ErrorCode::io, "a.txt': File too large",
                 [&] { write_file_atomic(folder_ / "a.txt", std::string_view(large)); });
    expect_error(ErrorCode::io, "v.npy': File too large", [&] {
      NpyRowWriter writer(folder_ / "v.npy", 1);
      writer.append(rows);
    });
    expect_error(ErrorCode::io, "line.txt': File too large", [&] {
      OutputFile file(folder_ / "line.txt");
      file.write(large);
      file.close();
    });
  }
  EXPECT_EQ(names(), (std::set<std::string>{"line.txt"}));
  struct stat info {};
  if (::stat("/dev/full", &info) != 0) GTEST_SKIP() << "this system has no /dev/full";
  expect_error(ErrorCode::io, "'/dev/full': No space left on device", [&] {
    OutputFile file("/dev/full", OutputFile::Mode::append);
    file.write("short");
    file.close();
  });
}

}  // namespace
}  // namespace sightline
