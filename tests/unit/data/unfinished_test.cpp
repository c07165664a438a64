// Conversions that are interrupted, killed or run out of disk space.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/file.h"
#include "rows.h"
#include "size_limit.h"
#include "temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using sightline::testing::error_of;
using sightline::testing::read_all;
using sightline::testing::TemporaryFolder;

constexpr int kRows = 200;

struct Target {
  const char* name;
  DatasetFormat format;
};

std::vector<Target> targets() {
  std::vector<Target> all = {{"folder", DatasetFormat::imagefolder},
                             {"csv", DatasetFormat::csv},
                             {"coco", DatasetFormat::coco},
                             {"shards", DatasetFormat::webdataset},
                             {"one.tar", DatasetFormat::webdataset}};
  if (has_parquet()) {
    all.push_back({"one.parquet", DatasetFormat::parquet});
    all.push_back({"parquet", DatasetFormat::parquet});
  }
  return all;
}

class Unfinished : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string metadata;
    for (int i = 0; i < kRows; ++i)
      metadata += R"({"file_name": "a.png", "text": "row )" + std::to_string(i) + "\"}\n";
    folder_.write("in/a.png", "x");
    folder_.write("in/metadata.jsonl", metadata);
    fs::create_directory(folder_.path() / "out");
  }

  fs::path out(const Target& target) const { return folder_.path() / "out" / target.name; }

  void convert(const Target& target, const ProgressFn& progress = {}) const {
    const auto from = open_dataset(folder_.path() / "in");
    convert_dataset(*from, out(target), target.format, progress);
  }

  // What lies in the folder of the outputs, without the empty folder that Parquet's file goes to.
  std::set<std::string> entries() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path() / "out")) {
      if (!entry.is_directory() || !fs::is_empty(entry.path()))
        names.insert(entry.path().filename().string());
    }
    return names;
  }

  TemporaryFolder folder_;
};

TEST_F(Unfinished, ACancelledConversionLeavesNothing) {
  for (const Target& target : targets()) {
    const auto error = error_of([&] {
      convert(target, [](const ProgressUpdate&) { throw Error(ErrorCode::cancelled, "stop"); });
    });
    ASSERT_TRUE(error.has_value()) << target.name;
    EXPECT_EQ(error->code(), ErrorCode::cancelled);
    EXPECT_TRUE(entries().empty()) << target.name << ": " << *entries().begin();
  }
}

TEST_F(Unfinished, AKilledConversionIsNoDataSetAndDoesNotStopTheNext) {
  for (const Target& target : targets()) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      convert(target, [](const ProgressUpdate&) { ::raise(SIGKILL); });
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << target.name;
    if (fs::exists(out(target)) && !fs::is_empty(out(target))) {  // parquet's temporary file
      EXPECT_TRUE(read_all(out(target)).empty()) << target.name;
    }
    for (const std::string& name : entries()) {
      const fs::path left = folder_.path() / "out" / name;
      if (!fs::is_directory(left) || name == "parquet") continue;
      const auto error = error_of([&] { open_dataset(left); });
      ASSERT_TRUE(error.has_value()) << name;
      EXPECT_NE(std::string(error->what()).find("incomplete data set"), std::string::npos);
    }
    convert(target);
    EXPECT_EQ(read_all(out(target)).size(), size_t{kRows}) << target.name;
    EXPECT_EQ(entries(), std::set<std::string>{target.name});
    if (fs::is_directory(out(target))) {
      for (const auto& entry : fs::directory_iterator(out(target)))
        EXPECT_EQ(entry.path().filename().string().find("tmp"), std::string::npos) << entry;
    }
    // A finished data set is not overwritten.
    EXPECT_EQ(error_of([&] { convert(target); })->code(), ErrorCode::invalid_argument);
    fs::remove_all(out(target));
  }
}

TEST_F(Unfinished, AnEmptyTargetKeepsItsModeAndALinkToAFolderIsFollowed) {
  const Target target{"csv", DatasetFormat::csv};
  fs::create_directory(folder_.path() / "real");
  fs::permissions(folder_.path() / "real", fs::perms::owner_all);
  fs::create_directory_symlink(folder_.path() / "real", out(target));
  convert(target);
  EXPECT_TRUE(fs::is_symlink(out(target)));
  EXPECT_EQ(fs::status(folder_.path() / "real").permissions(), fs::perms::owner_all);
  EXPECT_EQ(read_all(folder_.path() / "real").size(), size_t{kRows});
}

TEST_F(Unfinished, ADataSetWithoutRowsWritesNothing) {
  fs::create_directory(folder_.path() / "empty");
  for (const Target& target : targets()) {
    const auto from = open_dataset(folder_.path() / "empty");
    EXPECT_EQ(convert_dataset(*from, out(target), target.format).rows, 0);
    EXPECT_TRUE(entries().empty()) << target.name;
  }
}

TEST_F(Unfinished, AFullDiskIsNamedWithTheReasonAndLeavesNothing) {
  folder_.write("in/a.png", std::string(20'000, 'x'));
  for (const Target& target : targets()) {
    std::optional<Error> error;
    {
      const test::SizeLimit limit(10'000);
      error = error_of([&] { convert(target); });
    }
    ASSERT_TRUE(error.has_value()) << target.name;
    EXPECT_EQ(error->code(), ErrorCode::io) << error->what();
    EXPECT_NE(std::string(error->what()).find("File too large"), std::string::npos)
        << error->what();
    EXPECT_NE(std::string(error->what()).find(target.name), std::string::npos) << error->what();
    EXPECT_TRUE(entries().empty()) << target.name;
  }
}

}  // namespace
}  // namespace sightline
