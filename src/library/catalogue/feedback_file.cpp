#include "library/catalogue/feedback_file.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/temporary_path.h"
#include "base/text.h"
#include "library/catalogue/tables.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;

// judgements: `time` in milliseconds since 1970; `image`: contents.id of the catalogue; `grade`:
//   null: withdrawn. The newest one of a query and an image counts.
// judging: queries to be judged, in the order of `position`.
// corrections: `figures`: JSON. `centre` (dim), `inputs` and `outputs` (rank, dim): f32, little
//   endian.
// active: the correction of each model that is used. settings: `corrections`: "off": none is.
constexpr const char* kTables[] = {
    "CREATE TABLE judgements(id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, query "
    "TEXT NOT NULL, image INTEGER NOT NULL, item TEXT NOT NULL, model TEXT NOT NULL, fingerprint "
    "TEXT NOT NULL, rank INTEGER NOT NULL, grade INTEGER, source TEXT NOT NULL)",
    "CREATE INDEX judgements_query ON judgements(query, image, time)",
    "CREATE TABLE judging(query TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL) WITHOUT "
    "ROWID",
    "CREATE TABLE corrections(version INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL, "
    "model TEXT NOT NULL, fingerprint TEXT NOT NULL, figures TEXT NOT NULL, dim INTEGER NOT NULL, "
    "rank INTEGER NOT NULL, centre BLOB NOT NULL, inputs BLOB NOT NULL, outputs BLOB NOT NULL)",
    "CREATE TABLE active(fingerprint TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL) WITHOUT "
    "ROWID",
    "CREATE TABLE settings(key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
};

constexpr int64_t kApplicationId = 0x736c6662;  // "slfb"
constexpr Schema kSchema = {kApplicationId, kFeedbackVersion, kTables,
                            "a database of Sightline's judgements"};

// Renames `from`, unless `to` exists. Returns whether it did.
bool rename_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EINVAL && ::link(from.c_str(), to.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  throw Error(ErrorCode::io, "cannot create ", quoted(to), ": ", std::strerror(errno));
}

// Numbers that no program writes.
constexpr std::pair<const char*, const char*> kWrong[] = {
    {"judgements", "rank < 0 OR grade < 0 OR image < 0"},
    {"corrections",
     "dim < 1 OR rank < 1 OR length(centre) <> 4 * dim OR length(inputs) <> 4 * dim * rank OR "
     "length(outputs) <> 4 * dim * rank"},
    {"active", "version NOT IN (SELECT version FROM corrections)"},
};

}  // namespace

void create_feedback_file(const fs::path& file) {
  std::error_code ignored;
  if (fs::exists(file, ignored)) return;
  remove_leftovers(file);
  // In a folder of its own, because a reader must never find it without tables, and a file that is
  // open here would lose SQLite's locks when it is closed.
  const TemporaryPath folder(file, TemporaryPath::Kind::folder);
  const fs::path made = folder.path() / file.filename();
  {
    Database database(made, Database::Mode::create);
    database.execute("PRAGMA journal_mode = WAL");
    Transaction transaction(database);
    create_tables(database, kSchema);
    transaction.commit();
  }
  rename_new(made, file);
}

std::unique_ptr<Database> open_feedback_file(const fs::path& file, Database::Mode mode) {
  auto database = std::make_unique<Database>(file, mode);
  check_tables(*database, kSchema);
  return database;
}

std::vector<std::string> check_feedback_file(const fs::path& file) {
  std::vector<std::string> problems;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return problems;
  try {
    const auto database = open_feedback_file(file, Database::Mode::read);
    Statement select = database->prepare("PRAGMA integrity_check(20)");
    while (select.step()) {
      if (const std::string text = select.text(0); text != "ok")
        problems.push_back(quoted(file) + " is damaged: " + printable(text));
    }
    for (const auto& [table, wrong] : kWrong) {
      const int64_t rows =
          database->integer(message("SELECT count(*) FROM ", table, " WHERE ", wrong));
      if (rows > 0)
        problems.push_back(message(quoted(file), " has ", counted(rows, "impossible row"),
                                   " in the table '", table, "'"));
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::io) throw;
    problems.emplace_back(error.what());
  }
  return problems;
}

}  // namespace sightline::library
