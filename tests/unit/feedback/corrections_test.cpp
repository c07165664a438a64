// Versions of corrections: activation, rollback, the off switch, and damaged ones.
#include <gtest/gtest.h>
#include <sightline/feedback.h>
#include <sqlite3.h>

#include <cmath>

#include "expect_error.h"
#include "feedback/correction_record.h"
#include "feedback/feedback_database.h"
#include "library/store/paths.h"
#include "unit/library/library_folder.h"

namespace sightline {
namespace {

using feedback::CorrectionMap;
using test::expect_error;

class CorrectionsTest : public testing::Test {
 protected:
  CorrectionsTest() {
    library_.write("a.jpg", "image");
    library_.index(encoder_);
    for (const float amount : {0.5f, 1.0f}) add(amount);
  }

  void add(float amount) const {
    CorrectionMap map;
    map.centre = {0, 0};
    map.inputs = map.outputs = Matrix(1, 2);
    map.inputs.values = {1, 0};
    map.outputs.values = {0, amount};
    CorrectionVersion version;
    version.created_ms = 1000;
    version.model = "m";
    version.fingerprint = "f";
    version.figures.interval = Interval{0.1, 0.2};
    feedback::FeedbackDatabase(library_.library()).write([&](library::Database& database) {
      return feedback::add_correction(database, version, map);
    });
  }
  void sql(const char* text) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(library::feedback_file(library_.library()).c_str(), &database),
              SQLITE_OK);
    char* problem = nullptr;
    EXPECT_EQ(sqlite3_exec(database, text, nullptr, nullptr, &problem), SQLITE_OK) << problem;
    sqlite3_free(problem);
    sqlite3_close(database);
  }
  Corrections open() const { return Corrections(library_.library()); }

  test::LibraryFolder library_;
  test::HashEncoder encoder_;
};

TEST_F(CorrectionsTest, OneVersionIsUsedForItsModelUntilItIsTurnedOff) {
  Corrections corrections = open(), other = open();
  EXPECT_EQ(corrections.active("f"), nullptr);
  corrections.use(2);
  const auto active = other.active("f");
  ASSERT_NE(active, nullptr);
  EXPECT_EQ(active->version(), 2);
  EXPECT_EQ(active->fingerprint(), "f");
  EXPECT_EQ(other.active("f"), active);  // not read again
  EXPECT_EQ(other.active("g"), nullptr);
  std::vector<float> text = {1, 0};
  active->apply(text);
  EXPECT_NEAR(text[0], std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(text[1], std::sqrt(0.5), 1e-6);
  std::vector<float> short_text = {1};
  expect_error(ErrorCode::invalid_argument, "vectors of 2 elements",
               [&] { active->apply(short_text); });

  corrections.use(1);  // rollback
  EXPECT_EQ(other.active("f")->version(), 1);
  const auto versions = other.versions();
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].version, 2);
  EXPECT_FALSE(versions[0].active);
  EXPECT_TRUE(versions[1].active);
  EXPECT_EQ(versions[0].figures.interval->high, 0.2);

  other.turn_off();
  EXPECT_FALSE(corrections.enabled());
  EXPECT_EQ(corrections.active("f"), nullptr);
  corrections.use(2);
  EXPECT_TRUE(other.enabled());
  EXPECT_EQ(other.active("f")->version(), 2);
  expect_error(ErrorCode::not_found, "no correction 9", [&] { corrections.use(9); });
}

TEST_F(CorrectionsTest, RefusesDamagedNumbers) {
  for (const char* damage :
       {"UPDATE corrections SET dim = 3", "UPDATE corrections SET rank = 1000000000000",
        "UPDATE corrections SET dim = -1", "UPDATE corrections SET rank = 0",
        "UPDATE corrections SET inputs = x'00'",
        "UPDATE corrections SET outputs = x'0000c07f0000c07f'",  // NaN
        "UPDATE corrections SET centre = x'0000807f00000000'"}) {
    SCOPED_TRACE(damage);
    Corrections corrections = open();
    sql("BEGIN; DELETE FROM active; COMMIT;");
    corrections.use(1);
    sql("CREATE TABLE kept AS SELECT * FROM corrections");
    sql(damage);
    expect_error(ErrorCode::invalid_data, "correction 1 in", [&] { corrections.active("f"); });
    expect_error(ErrorCode::invalid_data, "is damaged", [&] { corrections.use(2); });
    sql("DELETE FROM corrections; INSERT INTO corrections SELECT * FROM kept; DROP TABLE kept");
  }
}

TEST_F(CorrectionsTest, RefusesDamagedFigures) {
  for (const char* figures : {"", "[]", "{}", "{\"before\": 1e999}", "nonsense"}) {
    sql(("UPDATE corrections SET figures = '" + std::string(figures) + "'").c_str());
    expect_error(ErrorCode::invalid_data, "figures of correction", [&] { open().versions(); });
  }
}

TEST_F(CorrectionsTest, CheckFindsWrongSizes) {
  EXPECT_TRUE(check_library(library_.library(), false).problems.empty());
  sql("UPDATE corrections SET rank = 5 WHERE version = 1; INSERT INTO active VALUES ('f', 99)");
  EXPECT_EQ(check_library(library_.library(), false).problems.size(), 2u);
}

}  // namespace
}  // namespace sightline
