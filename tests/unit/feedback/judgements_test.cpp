// Judgements of a library: the newest counts, several processes write, damage is refused.
#include <gtest/gtest.h>
#include <sightline/feedback.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/file.h"
#include "expect_error.h"
#include "library/store/paths.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using test::expect_error;
using test::HashEncoder;
using test::LibraryFolder;
namespace fs = std::filesystem;

class JudgementsTest : public testing::Test {
 protected:
  JudgementsTest() {
    for (int i = 0; i < 5; ++i)
      library_.write(std::to_string(i) + ".jpg", "image " + std::to_string(i));
    library_.index(encoder_);
  }

  fs::path folder() const { return library_.library(); }
  fs::path file() const { return library::feedback_file(folder()); }
  Judgements open() const { return Judgements(folder()); }
  static Judgement judgement(const std::string& query, int64_t image, std::optional<int> grade,
                             int64_t time = 0) {
    return {.time_ms = time, .query = query, .image = image, .grade = grade, .source = "test"};
  }
  void add(const Judgement& one) const { open().add({&one, 1}); }
  // Changes the database as another program could.
  void sql(const char* text) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    char* problem = nullptr;
    EXPECT_EQ(sqlite3_exec(database, text, nullptr, nullptr, &problem), SQLITE_OK) << problem;
    sqlite3_free(problem);
    sqlite3_close(database);
  }

  LibraryFolder library_;
  HashEncoder encoder_;
};

TEST_F(JudgementsTest, ReadingCreatesNothing) {
  EXPECT_TRUE(open().list().empty());
  EXPECT_EQ(open().counts().judgements, 0);
  EXPECT_EQ(Corrections(folder()).active("x"), nullptr);
  EXPECT_TRUE(Corrections(folder()).enabled());
  EXPECT_FALSE(fs::exists(file()));
  expect_error(ErrorCode::not_found, "there is no library", [&] { Judgements(folder() / "none"); });
}

TEST_F(JudgementsTest, TheNewestCountsAndHistoryStays) {
  add(judgement("beach", 1, 1, 1000));
  add(judgement("beach", 1, 0, 3000));
  add(judgement("beach", 1, 1, 2000));  // an older one that comes later, as of an import
  add(judgement(" beach ", 2, 1, 1000));
  add(judgement("beach", 3, 1, 1000));
  add(judgement("beach", 3, std::nullopt, 1000));  // of one time, the one that was added last
  const std::map<int64_t, int> expected = {{1, 0}, {2, 1}};
  EXPECT_EQ(open().grades("beach"), expected);
  EXPECT_TRUE(open().grades("Beach").empty());
  const JudgementCounts counts = open().counts();
  EXPECT_EQ(counts.judgements, 2);
  EXPECT_EQ(counts.relevant, 1);
  EXPECT_EQ(counts.queries, 1);
  EXPECT_EQ(counts.history, 6);
  EXPECT_EQ(open().history().size(), 6u);
  EXPECT_EQ(open().list()[0], judgement("beach", 1, 0, 3000));
  EXPECT_TRUE(open().list("sea").empty());
}

TEST_F(JudgementsTest, ALaterJudgementCountsThoughTheClockWasSetBack) {
  const int64_t future = int64_t{4'000'000'000} * 1000;
  add(judgement("beach", 1, 1, future));
  add(judgement("beach", 1, std::nullopt));
  EXPECT_TRUE(open().grades("beach").empty());
  add(judgement("beach", 1, 0));
  EXPECT_EQ(open().grades("beach"), (std::map<int64_t, int>{{1, 0}}));
}

TEST_F(JudgementsTest, ReadersDoNotWaitForALockOfWriters) {
  Judgements judgements = open();
  const Judgement one = judgement("beach", 1, 1), other = judgement("beach", 2, 1);
  judgements.add({&one, 1});
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  std::thread writer([&] {
    expect_error(ErrorCode::io, "locked the database", [&] { judgements.add({&other, 1}); });
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(judgements.grades("beach").size(), 1u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  writer.join();
  sqlite3_close(database);
}

TEST_F(JudgementsTest, WritesToTheFileThatReplacedIts) {
  Judgements judgements = open();
  const Judgement one = judgement("beach", 1, 1), other = judgement("beach", 2, 1);
  judgements.add({&one, 1});
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  const fs::path copy = folder() / "copy";
  fs::copy_file(file(), copy);
  for (const char* end : {"-wal", "-shm"}) fs::remove(file().string() + end);
  fs::rename(copy, file());
  judgements.add({&other, 1});
  EXPECT_EQ(judgements.grades("beach").size(), 2u);
  EXPECT_EQ(open().grades("beach").size(), 2u);
  fs::remove_all(folder());
  expect_error(ErrorCode::not_found, "there is no library", [&] { judgements.add({&one, 1}); });
  EXPECT_TRUE(judgements.list().empty());
}

TEST_F(JudgementsTest, AddsAllOrNone) {
  const Judgement wrong[] = {judgement("beach", 1, 1), judgement("beach", -1, 1)};
  expect_error(ErrorCode::invalid_argument, "image of a judgement is -1",
               [&] { open().add(wrong); });
  expect_error(ErrorCode::invalid_argument, "blank", [&] { add(judgement("  ", 1, 1)); });
  expect_error(ErrorCode::invalid_argument, "line break", [&] { add(judgement("a\nb", 1, 1)); });
  expect_error(ErrorCode::invalid_argument, "not text", [&] { add(judgement("\xff", 1, 1)); });
  expect_error(ErrorCode::invalid_argument, "at most 10000",
               [&] { add(judgement(std::string(10'001, 'a'), 1, 1)); });
  expect_error(ErrorCode::invalid_argument, "grade", [&] { add(judgement("a", 1, -2)); });
  EXPECT_TRUE(open().history().empty());
}

TEST_F(JudgementsTest, KeepsTheQueriesToJudge) {
  const std::vector<std::string> queries = {"zebra", "ape", "zebra"};
  Judgements judgements = open();
  judgements.set_queries_to_judge(queries);
  EXPECT_EQ(open().queries_to_judge(), (std::vector<std::string>{"zebra", "ape"}));
  judgements.set_queries_to_judge({});
  EXPECT_TRUE(open().queries_to_judge().empty());
}

// The database is created by whichever comes first; no judgement is lost.
TEST_F(JudgementsTest, SeveralProcessesAddAtOnce) {
  constexpr int kProcesses = 4, kEach = 25;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int code = 0;
      try {
        for (int i = 0; i < kEach; ++i) add(judgement("q" + std::to_string(p), i, i % 2));
      } catch (...) {
        code = 1;
      }
      ::_exit(code);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(open().counts().judgements, kProcesses * kEach);
  EXPECT_EQ(open().counts().queries, kProcesses);
  EXPECT_TRUE(check_library(folder(), false).problems.empty());
  for (const fs::path& entry : folder_entries(folder()))
    EXPECT_EQ(entry.filename().string().find(".tmp."), std::string::npos) << entry;
}

// A judgement is made while the library is being written.
TEST_F(JudgementsTest, NeedsNoWriterLock) {
  library::Store writer = library_.store();
  const Judgement one = judgement("beach", 1, 1);
  open().add({&one, 1});
  EXPECT_EQ(open().counts().judgements, 1);
}

TEST_F(JudgementsTest, RefusesOtherDatabases) {
  add(judgement("beach", 1, 1));
  sql("CREATE TRIGGER t AFTER INSERT ON judgements BEGIN DELETE FROM judgements; END");
  expect_error(ErrorCode::invalid_data, "are not those of", [&] { open(); });
  EXPECT_EQ(check_library(folder(), false).problems.size(), 1u);
  sql("DROP TRIGGER t; PRAGMA user_version = 9");
  expect_error(ErrorCode::unsupported, "version 9", [&] { open(); });
  sql("PRAGMA user_version = 1; PRAGMA application_id = 7");
  expect_error(ErrorCode::invalid_data, "is not a database of Sightline's judgements",
               [&] { open(); });
}

TEST_F(JudgementsTest, RepairKeepsADamagedFileUnderAnotherName) {
  add(judgement("beach", 1, 1));
  for (const char* end : {"-wal", "-shm"}) fs::remove(file().string() + end);
  write_file_atomic(file(), std::string_view("no database, but long enough that SQLite looks at "
                                             "its header and finds nothing that it knows there"));
  expect_error(ErrorCode::invalid_data, "damaged", [&] { open(); });
  const auto problems = check_library(folder(), false).problems;
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("feedback.sqlite"), std::string::npos);
  EXPECT_EQ(Library(folder()).collection()->vectors().rows(), 5);
  ASSERT_EQ(repair_library(folder()).actions.size(), 1u);
  EXPECT_TRUE(fs::exists(file().string() + ".damaged-1"));
  EXPECT_TRUE(check_library(folder(), false).problems.empty());
  EXPECT_TRUE(open().list().empty());
}

TEST_F(JudgementsTest, CheckFindsImpossibleNumbers) {
  add(judgement("beach", 1, 1));
  sql("UPDATE judgements SET rank = -5");
  const auto problems = check_library(folder(), false).problems;
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("'judgements'"), std::string::npos);
}

TEST_F(JudgementsTest, QrelsRestoreTheJudgements) {
  const auto collection = Library(folder()).collection();
  std::vector<Judgement> made;
  const std::vector<int64_t> rows = {0, 1, 2};
  const std::vector<int64_t> keys = collection->keys(rows);
  const std::vector<VectorItem> items = collection->items(rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    made.push_back(judgement(i == 0 ? "50 % off #1" : "strand am meer", keys[i], i == 1 ? 0 : 2));
    if (i != 2) made.back().item = items[i].id;  // of the last one, only the number is known
  }
  open().add(made);
  const auto list = open().list();
  const std::string qrels = qrels_text(list), queries = queries_text(list);
  EXPECT_NE(queries.find("\t50 % off #1\n"), std::string::npos);

  fs::remove(file());
  for (const std::string& texts : {queries, std::string()}) {
    Judgements judgements = open();
    EXPECT_EQ(import_qrels(judgements, *collection, qrels, texts).added, 3);
    EXPECT_EQ(judgements.grades("50 % off #1"), (std::map<int64_t, int>{{keys[0], 2}}));
    EXPECT_EQ(judgements.grades("strand am meer"),
              (std::map<int64_t, int>{{keys[1], 0}, {keys[2], 2}}));
  }
}

TEST_F(JudgementsTest, ImportNamesWrongLinesAndUnknownItems) {
  const auto collection = Library(folder()).collection();
  Judgements judgements = open();
  const auto import = [&](const std::string& qrels, const std::string& queries = "") {
    return import_qrels(judgements, *collection, qrels, queries);
  };
  const QrelsImport done = import("q 0 none.jpg 1\nq 0 0.jpg 1\n\nq 0 #77777 1\nq 0 none.jpg 0\n");
  EXPECT_EQ(done.added, 1);
  EXPECT_EQ(done.unknown, (std::vector<std::string>{"#77777", "none.jpg"}));
  expect_error(ErrorCode::invalid_data, "line 2: expected QUERY 0 ITEM GRADE",
               [&] { import("q 0 0.jpg 1\nq 0 0.jpg\n"); });
  expect_error(ErrorCode::invalid_data, "expected a grade, found 'x'",
               [&] { import("q 0 0.jpg x\n"); });
  expect_error(ErrorCode::invalid_data, "the queries have no id 'q'",
               [&] { import("q 0 0.jpg 1\n", "other\ttext\n"); });
  expect_error(ErrorCode::invalid_data, "the queries, line 1", [&] { import("", "no tab\n"); });
  EXPECT_EQ(judgements.counts().judgements, 1);
}

}  // namespace
}  // namespace sightline
