#include "base/text_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "expect_error.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

class TextFile : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path write(const std::string& bytes) const {
    std::ofstream(folder_ / "t.txt", std::ios::binary) << bytes;
    return folder_ / "t.txt";
  }
  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("text_file" + std::to_string(::getpid()));
};

TEST_F(TextFile, ReadsLinesWithoutMarkAndBlankEnd) {
  const TextLines text =
      read_text_lines(write("\xEF\xBB\xBF"
                            "a\r\n\r\nb\rc\n \n\n"));
  EXPECT_EQ(text.lines, (std::vector<std::string>{"a", "", "b", "c"}));
  EXPECT_EQ(text.blank_at_end, 2);
  EXPECT_TRUE(read_text_lines(write("")).lines.empty());
  EXPECT_EQ(read_text_lines(write("\n")).blank_at_end, 1);
}

TEST_F(TextFile, ReadsPipes) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << "one\ntwo\n"; });
  EXPECT_EQ(read_text_lines(pipe).lines, (std::vector<std::string>{"one", "two"}));
  writer.join();
}

TEST_F(TextFile, ReportsErrors) {
  expect_error(ErrorCode::not_found, "none.txt", [&] { read_text_lines(folder_ / "none.txt"); });
  expect_error(ErrorCode::io, "it is a folder", [&] { read_text_lines(folder_); });
  expect_error(ErrorCode::invalid_data, "t.txt', line 2: byte 1 is 0xE9",
               [&] { read_text_lines(write("a\n\xE9\n")); });
}

}  // namespace
}  // namespace sightline
