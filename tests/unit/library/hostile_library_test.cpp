// Damaged and hostile libraries are refused in one sentence.
#include <gtest/gtest.h>
#include <sightline/library.h>
#include <sqlite3.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "base/file.h"
#include "expect_error.h"
#include "library/store/paths.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using library::catalogue_file;
using test::expect_error;
using test::HashEncoder;
using test::LibraryFolder;
namespace fs = std::filesystem;

class HostileLibraryTest : public testing::Test {
 protected:
  HostileLibraryTest() {
    for (int i = 0; i < 30; ++i) {
      folder_.write(std::to_string(i) + ".jpg", "image " + std::to_string(i));
      if (i % 10 == 9) folder_.index(encoder_);
    }
  }

  // Changes the catalogue as another program could.
  void sql(const char* text) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(catalogue_file(folder_.library()).c_str(), &database), SQLITE_OK);
    char* problem = nullptr;
    EXPECT_EQ(sqlite3_exec(database, text, nullptr, nullptr, &problem), SQLITE_OK) << problem;
    sqlite3_free(problem);
    sqlite3_close(database);
  }
  void open() const { Library(folder_.library()).collection(); }
  std::vector<fs::path> segments() const {
    return folder_entries(library::segments_folder(folder_.library()));
  }

  LibraryFolder folder_;
  HashEncoder encoder_;
};

TEST_F(HostileLibraryTest, RefusesTriggersViewsAndFurtherTables) {
  for (const char* change :
       {"CREATE TRIGGER t AFTER INSERT ON items BEGIN DELETE FROM items; END",
        "CREATE VIEW v AS SELECT 1", "CREATE TABLE further(x)", "CREATE INDEX i ON tags(item)",
        "ALTER TABLE items ADD COLUMN further TEXT"}) {
    SCOPED_TRACE(change);
    const LibraryFolder other;
    other.write("a.jpg", "image");
    HashEncoder encoder;
    other.index(encoder);
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(catalogue_file(other.library()).c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, change, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
    expect_error(ErrorCode::invalid_data, "not those of the catalogue",
                 [&] { Library(other.library()).collection(); });
    expect_error(ErrorCode::invalid_data, "not those of the catalogue", [&] { other.store(); });
  }
}

TEST_F(HostileLibraryTest, RefusesOtherVersionsAndOtherDatabases) {
  sql("PRAGMA user_version = 2");
  expect_error(ErrorCode::unsupported, "version 2", [&] { open(); });
  sql("PRAGMA user_version = 1; PRAGMA application_id = 5");
  expect_error(ErrorCode::invalid_data, "not the catalogue of a Sightline library",
               [&] { open(); });
  write_file_atomic(
      catalogue_file(folder_.library()),
      std::string_view(
          "no database at all, but long"
          " enough that SQLite looks at its header and finds nothing that it knows there"));
  for (const char* end : {"-wal", "-shm"})
    fs::remove(catalogue_file(folder_.library()).string() + end);
  expect_error(ErrorCode::invalid_data, "damaged", [&] { open(); });
}

TEST_F(HostileLibraryTest, RefusesSwappedMissingAndTruncatedSegments) {
  const auto files = segments();
  ASSERT_EQ(files.size(), 3u);
  const fs::path spare = folder_.library() / "spare";
  fs::rename(files[0], spare);
  expect_error(ErrorCode::not_found, "000001.segment", [&] { open(); });
  fs::rename(files[1], files[0]);
  fs::rename(spare, files[1]);
  expect_error(ErrorCode::invalid_data, "not the one that the catalogue names", [&] { open(); });
  fs::resize_file(files[0], 5000);
  expect_error(ErrorCode::invalid_data, "000001.segment", [&] { open(); });
  EXPECT_EQ(check_library(folder_.library(), false).problems.size(), 2u);
}

// A row of another length would be copied beyond the end of a buffer.
TEST_F(HostileLibraryTest, RefusesSegmentsOfAnotherShape) {
  for (const char* change : {"UPDATE models SET dim = 7", "UPDATE models SET dim = 100000",
                             "UPDATE models SET dim = 16, element = 'fp16'"}) {
    SCOPED_TRACE(change);
    sql(change);
    expect_error(ErrorCode::invalid_data, "the catalogue expects 10 of", [&] { open(); });
    expect_error(ErrorCode::invalid_data, "the catalogue expects 10 of",
                 [&] { folder_.store().compact(true); });
    EXPECT_EQ(check_library(folder_.library(), false).problems.size(), 3u);
  }
}

// A merged segment has a digest of its own, with which the damage would count as valid.
TEST_F(HostileLibraryTest, DoesNotMergeDamagedSegments) {
  {
    std::fstream file(segments()[1], std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 + 3);  // in the first vector
    file.put('\x7f');
  }
  expect_error(ErrorCode::invalid_data, "000002.segment' is damaged: the bytes of its vectors",
               [&] { folder_.store().compact(true); });
  EXPECT_EQ(check_library(folder_.library(), false).problems.size(), 1u);
  repair_library(folder_.library());
  folder_.index(encoder_);
  EXPECT_TRUE(check_library(folder_.library(), true).problems.empty());
  EXPECT_EQ(Library(folder_.library()).collection()->vectors().live_rows(), 30);
}

TEST_F(HostileLibraryTest, DoesNotUseTheNumberOfASegmentAgain) {
  for (const char* change :
       {"DELETE FROM sqlite_sequence", "INSERT INTO sqlite_sequence VALUES ('segments', -5)"}) {
    SCOPED_TRACE(change);
    sql(change);
    folder_.write(std::string(change).substr(0, 6) + ".jpg", change);
    folder_.index(encoder_);
    EXPECT_TRUE(check_library(folder_.library(), true).problems.empty());
  }
  EXPECT_EQ(Library(folder_.library()).collection()->vectors().live_rows(), 32);
}

// Its row must not make tables of that size.
TEST_F(HostileLibraryTest, RefusesASegmentOfImpossibleImages) {
  {
    library::Store store = folder_.store();
    library::SegmentRecord record;
    record.id = 77;
    record.model = 1;
    record.rows = 1;
    library::SegmentWriter writer(library::segment_file(folder_.library(), 77), HashEncoder::kDim,
                                  library::ElementType::f32);
    writer.add(HashEncoder::vector_of("hash", "x"), int64_t{1} << 40);
    record.digest = writer.close();
    store.change().add_segment(record);
    store.commit();
  }
  const auto collection = Library(folder_.library()).collection();
  expect_error(ErrorCode::invalid_data, "1099511627776", [&] { collection->rows_matching({}); });
  expect_error(ErrorCode::invalid_data, "content id", [&] { folder_.store(); });
  EXPECT_FALSE(check_library(folder_.library(), false).problems.empty());
  EXPECT_FALSE(repair_library(folder_.library()).actions.empty());
  EXPECT_EQ(Library(folder_.library()).collection()->rows_matching({}).count(), 30);
}

TEST_F(HostileLibraryTest, RepairGivesUpDamagedSegmentsAndTheNextRunEncodesThemAgain) {
  fs::resize_file(segments()[1], 5000);
  expect_error(ErrorCode::invalid_data, "000002.segment", [&] { open(); });
  const LibraryRepair repair = repair_library(folder_.library());
  ASSERT_EQ(repair.actions.size(), 2u);
  EXPECT_NE(repair.actions[0].find("10 vectors"), std::string::npos) << repair.actions[0];
  EXPECT_NE(repair.actions[1].find("10 items"), std::string::npos) << repair.actions[1];
  const LibraryCheck check = check_library(folder_.library(), false);
  EXPECT_TRUE(check.problems.empty());
  ASSERT_EQ(check.notes.size(), 1u);
  EXPECT_NE(check.notes[0].find("10 items"), std::string::npos) << check.notes[0];
  EXPECT_EQ(Library(folder_.library()).collection()->vectors().live_rows(), 20);
  encoder_.encoded = 0;
  folder_.index(encoder_);
  EXPECT_EQ(encoder_.encoded, 10);
  EXPECT_TRUE(check_library(folder_.library(), true).problems.empty());
  EXPECT_TRUE(check_library(folder_.library(), true).notes.empty());
  EXPECT_EQ(Library(folder_.library()).info().failures, 0);
  EXPECT_TRUE(repair_library(folder_.library()).actions.empty());
}

TEST_F(HostileLibraryTest, CheckFindsRowsThatDoNotBelongTogether) {
  sql("DELETE FROM contents WHERE id = 3; DELETE FROM items WHERE content = 5");
  const LibraryCheck check = check_library(folder_.library(), false);
  EXPECT_FALSE(check.problems.empty());
  repair_library(folder_.library());
  EXPECT_TRUE(check_library(folder_.library(), false).problems.empty());
  folder_.index(encoder_);
  EXPECT_EQ(Library(folder_.library()).collection()->vectors().live_rows(), 30);
}

TEST_F(HostileLibraryTest, CheckComparesTheFullTextIndexWithTheCaptions) {
  folder_.write("3.txt", "a red car\ntwo dogs\n");
  folder_.write("4.txt", "\u00c9t\u00e9 \u00e0 Paris, 2019-07\n");
  folder_.index(encoder_);
  EXPECT_TRUE(check_library(folder_.library(), false).problems.empty());
  for (const char* damage : {"UPDATE captions SET words = 'a blue car' WHERE id = 1",
                             "UPDATE captions SET words = 'car blue a' WHERE id = 1",
                             "INSERT INTO caption_words(rowid, words) VALUES (99, 'no caption')",
                             "INSERT INTO caption_words(caption_words) VALUES ('delete-all')",
                             "UPDATE caption_words_data SET block = x'ffff' WHERE id > 10",
                             "INSERT INTO captions VALUES (50, 9999, 'lost', 'lost');"
                             "INSERT INTO caption_words(rowid, words) VALUES (50, 'lost')"}) {
    SCOPED_TRACE(damage);
    sql(damage);
    EXPECT_EQ(check_library(folder_.library(), false).problems.size(), 1u);
    EXPECT_FALSE(repair_library(folder_.library()).actions.empty());
    EXPECT_TRUE(check_library(folder_.library(), false).problems.empty());
  }
}

TEST_F(HostileLibraryTest, DamagedOptionsAreNamedInASentenceAndReset) {
  for (const char* options : {"broken", "[]", "{\"exclude\": 5, \"folder\": 5}", ""}) {
    SCOPED_TRACE(options);
    sql(("INSERT OR REPLACE INTO roots VALUES (CAST('/photos' AS BLOB), '" + std::string(options) +
         "'); INSERT OR REPLACE INTO sources VALUES (2, 'dataset', CAST('/set' AS BLOB), '" +
         options + "')")
            .c_str());
    const LibraryCheck check = check_library(folder_.library(), false);
    ASSERT_EQ(check.problems.size(), 2u);
    EXPECT_EQ(check.problems[0],
              "the catalogue's options of '/photos' are damaged: expected a "
              "JSON object written by 'sightline index', found '" +
                  std::string(options) + "'");
    expect_error(ErrorCode::invalid_data, "options of '/photos' are damaged",
                 [&] { Library(folder_.library()).info(); });
    EXPECT_EQ(repair_library(folder_.library()).actions.size(), 2u);
    EXPECT_TRUE(check_library(folder_.library(), false).problems.empty());
    EXPECT_EQ(Library(folder_.library()).info().roots.size(), 1u);
  }
}

TEST_F(HostileLibraryTest, DoesNotKeepADataSetThatCannotBeOpened) {
  const fs::path model = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";
  {
    LibraryWriter writer(folder_.library());
    expect_error(ErrorCode::not_found, "there is no data set", [&] {
      writer.index_dataset({folder_.image("nothing"), {}, {}}, Model::load(model), model.string());
    });
  }
  EXPECT_TRUE(Library(folder_.library()).info().datasets.empty());
}

// The catalogue and the model disagree, so that rows would have another length than expected.
TEST_F(HostileLibraryTest, RefusesAModelOfOtherDimensions) {
  const Model model = Model::load(fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8");
  const LibraryFolder other;
  other.write("a.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>");
  const fs::path paths[] = {other.images()};
  const auto index = [&] {
    LibraryWriterOptions options;
    options.create = true;
    LibraryWriter(other.library(), options).index(paths, model, "models/emoji-vit-8");
  };
  index();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(catalogue_file(other.library()).c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "UPDATE models SET dim = 7; DELETE FROM segments", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  expect_error(ErrorCode::invalid_data, "vectors of 7 elements", index);
}

TEST_F(HostileLibraryTest, RepairChoosesAnActiveModel) {
  for (const char* damage : {"UPDATE settings SET value = '99' WHERE key = 'active_model'",
                             "DELETE FROM settings WHERE key = 'active_model'"}) {
    SCOPED_TRACE(damage);
    sql(damage);
    const LibraryCheck check = check_library(folder_.library(), false);
    EXPECT_EQ(check.problems.size(), 1u);
    EXPECT_TRUE(check.notes.empty()) << check.notes[0];
    EXPECT_EQ(repair_library(folder_.library()).actions.size(), 1u);
    EXPECT_TRUE(check_library(folder_.library(), false).problems.empty());
    EXPECT_EQ(Library(folder_.library()).model().name, "hash");
  }
}

// The index of paths cannot be made again.
TEST_F(HostileLibraryTest, RepairRefusesRowsWithEqualKeys) {
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  std::string bytes = read_text_file(catalogue_file(folder_.library()), 64 << 20);
  const std::string from = folder_.image("3.jpg").string(), to = folder_.image("4.jpg").string();
  int replaced = 0;
  for (size_t at = 0; (at = bytes.find(from, at)) != std::string::npos; ++replaced)
    bytes.replace(at, from.size(), to);
  ASSERT_GE(replaced, 2);  // the row, and the index of paths
  write_file_atomic(catalogue_file(folder_.library()), bytes);
  for (const char* end : {"-wal", "-shm"})
    fs::remove(catalogue_file(folder_.library()).string() + end);
  EXPECT_FALSE(check_library(folder_.library(), false).problems.empty());
  expect_error(ErrorCode::invalid_data, "damaged beyond repair (rows of a table are damaged)",
               [&] { repair_library(folder_.library()); });
}

TEST_F(HostileLibraryTest, CheckKeepsTheFirstThousandProblems) {
  sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234) "
      "INSERT INTO contents(format) SELECT 'JPEG' FROM n");
  const LibraryCheck check = check_library(folder_.library(), false);
  EXPECT_EQ(check.problems.size(), 1000u);
  EXPECT_EQ(check.further_problems, 234);
}

// Whatever bit flips in the catalogue, a library opens with what it has, or is refused with an
// Error; `check` and searching never end the process.
TEST_F(HostileLibraryTest, SurvivesFlippedBitsInTheCatalogue) {
  const fs::path file = catalogue_file(folder_.library());
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  const std::vector<uint8_t> whole = read_file(file, 64 << 20);
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> damaged = whole;
    for (int flips = 1 + static_cast<int>(random() % 20); flips > 0; --flips)
      damaged[random() % damaged.size()] ^= static_cast<uint8_t>(1u << (random() % 8));
    if (round % 10 == 0) damaged.resize(damaged.size() / 4096 * (1 + random() % 4096));
    write_file_atomic(file, std::span<const uint8_t>(damaged));
    for (const char* end : {"-wal", "-shm"}) fs::remove(file.string() + end);
    try {
      const auto collection = Library(folder_.library()).collection();
      const RowMask rows = collection->rows_matching({});
      for (int64_t row = 0; row < rows.rows(); ++row) {
        if (rows.has(row)) collection->items({{row}});
      }
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
    try {
      check_library(folder_.library(), false);
    } catch (const Error&) {
    }
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace sightline
