#include "base/file.h"

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "base/npy.h"
#include "base/npy_rows.h"
#include "expect_error.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

// Creates a temporary folder for each test and removes it afterwards.
class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "sightline-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path make(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  // Runs a call that must fail and returns the error code. The message must name the file.
  template <typename Call>
  static ErrorCode code_of(const fs::path& path, Call call) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path.filename().string()), std::string::npos)
          << error.what();
      return error.code();
    }
    ADD_FAILURE() << "no error for " << path;
    return ErrorCode::internal;
  }

  fs::path folder_;
};

TEST_F(Files, ReadsEveryByte) {
  std::string content;
  for (int i = 0; i < 100000; ++i) content += static_cast<char>(i * 31);
  const fs::path path = make("bytes", content);
  const auto bytes = read_file(path, 100000);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), content);
  EXPECT_EQ(read_text_file(path), content);
  EXPECT_TRUE(read_file(make("empty", ""), 0).empty());
}

TEST_F(Files, RejectsFilesLargerThanTheLimit) {
  const fs::path path = make("ten", "0123456789");
  EXPECT_EQ(read_file(path, 10).size(), 10u);
  EXPECT_EQ(code_of(path, [&] { read_file(path, 9); }), ErrorCode::limit_exceeded);
}

TEST_F(Files, TheLimitIsCheckedBeforeReading) {
  const fs::path path = make("sparse", "");
  fs::resize_file(path,
                  1ULL << 40);  // sparse: uses no disk space, but reading it would exhaust memory
  EXPECT_EQ(code_of(path, [&] { read_text_file(path); }), ErrorCode::limit_exceeded);
}

TEST_F(Files, MissingFilesAreNotFound) {
  const fs::path missing = folder_ / "missing";
  EXPECT_EQ(code_of(missing, [&] { read_file(missing, 1); }), ErrorCode::not_found);
  EXPECT_EQ(code_of(missing, [&] { MappedFile{missing}; }), ErrorCode::not_found);
  const fs::path below_a_file = make("file", "x") / "below";
  EXPECT_EQ(code_of(below_a_file, [&] { read_file(below_a_file, 1); }), ErrorCode::not_found);
}

TEST_F(Files, RejectsFoldersAndPipesWithoutBlocking) {
  EXPECT_EQ(code_of(folder_, [&] { read_file(folder_, 1 << 20); }), ErrorCode::io);
  EXPECT_EQ(code_of(folder_, [&] { MappedFile{folder_}; }), ErrorCode::io);
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(code_of(pipe, [&] { read_file(pipe, 1 << 20); }), ErrorCode::io);
  EXPECT_EQ(code_of(pipe, [&] { MappedFile{pipe}; }), ErrorCode::io);
}

TEST_F(Files, AnAtomicWriteReplacesTheFileAndLeavesNoTemporaryFile) {
  const fs::path path = folder_ / "out";
  write_file_atomic(path, std::string_view("first"));
  EXPECT_EQ(read_text_file(path), "first");
  const std::vector<uint8_t> bytes = {0, 1, 255};
  write_file_atomic(path, bytes);
  EXPECT_EQ(read_file(path, 10), bytes);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(Files, AFailedWriteLeavesTheOldContentAndNoTemporaryFile) {
  const fs::path target = folder_ / "folder";
  fs::create_directory(target);
  make("folder/keep", "old");
  EXPECT_EQ(code_of(target, [&] { write_file_atomic(target, std::string_view("x")); }),
            ErrorCode::io);
  EXPECT_EQ(read_text_file(target / "keep"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
  const fs::path nowhere = folder_ / "missing" / "out";
  EXPECT_EQ(code_of(nowhere, [&] { write_file_atomic(nowhere, std::string_view("x")); }),
            ErrorCode::not_found);
}

TEST_F(Files, AMappingKeepsTheIdentityOfItsFile) {
  const fs::path path = make("mapped", "old");
  MappedFile file(path);
  const FileIdentity opened = file.identity();
  EXPECT_EQ(opened, file_identity(path));
  EXPECT_EQ(opened.size, 3);
  const MappedFile moved(std::move(file));
  write_file_atomic(path, std::string_view("new"));
  EXPECT_EQ(moved.identity(), opened);
  EXPECT_NE(file_identity(path), opened);
  EXPECT_EQ(file_identity(path).size, opened.size);
  const fs::path missing = folder_ / "missing";
  EXPECT_EQ(code_of(missing, [&] { file_identity(missing); }), ErrorCode::not_found);
}

TEST_F(Files, AMappingHasTheContentOfTheFile) {
  const fs::path path = make("mapped", std::string(10000, 'a') + "end");
  MappedFile file(path);
  EXPECT_EQ(file.path(), path);
  ASSERT_EQ(file.bytes().size(), 10003u);
  EXPECT_EQ(file.bytes()[10002], 'd');
  // Released pages are read from the file again.
  file.release(file.bytes());
  EXPECT_EQ(file.bytes()[0], 'a');
  EXPECT_EQ(file.bytes()[10000], 'e');
  file.populate(file.bytes().subspan(5000));
  EXPECT_EQ(file.bytes()[4096], 'a');
  EXPECT_EQ(file.bytes()[10002], 'd');
  // Bytes outside the mapping are ignored.
  std::vector<uint8_t> elsewhere(8192, 7);
  file.release(elsewhere);
  file.populate(elsewhere);
  EXPECT_EQ(elsewhere, std::vector<uint8_t>(8192, 7));
}

TEST_F(Files, AMappingIsMovable) {
  MappedFile first(make("first", "one"));
  MappedFile second(make("second", "two"));
  MappedFile moved(std::move(first));
  EXPECT_EQ(moved.bytes()[0], 'o');
  moved = std::move(second);
  EXPECT_EQ(moved.bytes()[0], 't');
  EXPECT_EQ(moved.path().filename(), "second");
  EXPECT_TRUE(MappedFile(make("empty", "")).bytes().empty());
}

TEST_F(Files, WritersRejectExistingNonRegularFiles) {
  const fs::path pipe = folder_ / "pipe", directory = folder_ / "directory";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  fs::create_directory(directory);
  fs::create_symlink(pipe, folder_ / "to-pipe");
  for (const fs::path& path : {pipe, directory, folder_ / "to-pipe"}) {
    EXPECT_EQ(code_of(path, [&] { write_file_atomic(path, "x"); }), ErrorCode::io);
    EXPECT_EQ(code_of(path, [&] { NpyRowWriter(path, 3); }), ErrorCode::io);
  }
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_TRUE(fs::is_directory(directory));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 3);  // no temporary files
}

TEST_F(Files, WritersFollowSymbolicLinksAndKeepThem) {
  const fs::path below = folder_ / "below";
  fs::create_directory(below);
  const fs::path real = make("below/real", "old");
  fs::create_symlink("below/real", folder_ / "link");
  fs::create_symlink("link", folder_ / "link-to-link");
  write_file_atomic(folder_ / "link-to-link", "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link-to-link"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_text_file(real), "new");
  fs::create_symlink("below/fresh", folder_ / "to-fresh");  // dangling
  write_file_atomic(folder_ / "to-fresh", "first");
  EXPECT_EQ(read_text_file(below / "fresh"), "first");
  NpyRowWriter rows(folder_ / "link", 1);
  rows.close();
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_npy(real).shape, (std::vector<int64_t>{0, 1}));
  fs::create_symlink("circle", folder_ / "circle");
  EXPECT_EQ(code_of(folder_ / "circle", [&] { write_file_atomic(folder_ / "circle", "x"); }),
            ErrorCode::io);
}

TEST_F(Files, AFolderIsMadeWithItsParents) {
  make_folder(folder_ / "a" / "b");
  EXPECT_TRUE(fs::is_directory(folder_ / "a" / "b"));
  EXPECT_NO_THROW(make_folder(folder_ / "a" / "b"));
  write_file_atomic(folder_ / "file", "x");
  EXPECT_EQ(code_of(folder_ / "file" / "b", [&] { make_folder(folder_ / "file" / "b"); }),
            ErrorCode::io);
}

TEST_F(Files, WriteErrorsNameTheTargetNotTheTemporaryFile) {
  try {
    write_file_atomic(folder_ / "missing" / "file", "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("missing/file'"), std::string::npos) << error.what();
  }
}

// As in a folder that may not be searched; a loop of links fails for root, too.
TEST_F(Files, StatusAndEntriesNamePathAndReason) {
  fs::create_symlink("loop", folder_ / "loop");
  const fs::path inside = folder_ / "loop" / "file";
  expect_error(ErrorCode::io, "cannot read '" + inside.string() + "': Too many levels",
               [&] { file_status(inside); });
  expect_error(ErrorCode::io, "cannot read the folder '" + inside.string() + "': Too many levels",
               [&] { folder_entries(inside); });
  expect_error(ErrorCode::not_found, "none': No such file",
               [&] { folder_entries(folder_ / "none"); });
  EXPECT_EQ(file_status(folder_ / "none").type(), fs::file_type::not_found);
  fs::create_directory(folder_ / "two");
  write_file_atomic(folder_ / "two/b", "x");
  write_file_atomic(folder_ / "two/a", "x");
  EXPECT_EQ(folder_entries(folder_ / "two"),
            (std::vector<fs::path>{folder_ / "two/a", folder_ / "two/b"}));
}

}  // namespace
}  // namespace sightline
