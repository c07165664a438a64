#include "library/catalogue/schema.h"

#include "library/catalogue/tables.h"

namespace sightline::library {
namespace {

constexpr int64_t kApplicationId = 0x736c6962;  // "slib"

// settings: uuid, created, active_model.
// sources: 1 is all files; others are data sets and vector sets. `options`: JSON.
// roots: files and folders that `index` without paths reads again. `options`: JSON.
// contents: distinct images. Ids are never reused, so that a row of a segment cannot come to mean
//   another image. `hash`: perceptual hash.
// items: files, or rows of data sets. `content`: null where it could not be read. `taken`: seconds
//   of the civil time since 1970. `sidecars`: sizes and times of a file's sidecars. `born`: time of
//   the file's creation in nanoseconds; 0: unknown.
// captions: `words`: the text as filters compare it: folded words, separated by spaces.
// failures: `retry`: time from which an unchanged item is tried again.
// segments: `tombstones`: a bit for each dead row; null: none. `digest`: of the file's header.
constexpr const char* kTables[] = {
    "CREATE TABLE settings(key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE sources(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, path BLOB NOT "
    "NULL, options TEXT NOT NULL, UNIQUE(kind, path))",
    "CREATE TABLE roots(path BLOB NOT NULL PRIMARY KEY, options TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE models(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, spec TEXT NOT "
    "NULL, fingerprint TEXT NOT NULL, preprocessing TEXT NOT NULL, backend TEXT NOT NULL, device "
    "TEXT NOT NULL, precision TEXT NOT NULL, dim INTEGER NOT NULL, element TEXT NOT NULL, "
    "UNIQUE(fingerprint, preprocessing, backend, device, precision))",
    "CREATE TABLE segments(id INTEGER PRIMARY KEY AUTOINCREMENT, model INTEGER NOT NULL, rows "
    "INTEGER NOT NULL, dead INTEGER NOT NULL, tombstones BLOB, digest BLOB NOT NULL)",
    "CREATE TABLE contents(id INTEGER PRIMARY KEY AUTOINCREMENT, sha256 BLOB UNIQUE, format TEXT, "
    "width INTEGER, height INTEGER, hash INTEGER)",
    "CREATE TABLE items(id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL, split TEXT "
    "NOT NULL, path BLOB NOT NULL, content INTEGER, device INTEGER, inode INTEGER, size INTEGER, "
    "mtime INTEGER, ctime INTEGER, born INTEGER, sidecars TEXT, taken INTEGER, camera TEXT, lens "
    "TEXT, latitude "
    "REAL, longitude REAL, rating INTEGER, title TEXT, fields TEXT, UNIQUE(source, split, path))",
    "CREATE INDEX items_content ON items(content)",
    "CREATE INDEX items_taken ON items(taken)",
    "CREATE INDEX items_inode ON items(inode, size, mtime)",
    "CREATE TABLE tags(item INTEGER NOT NULL, tag TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY(item, "
    "tag)) WITHOUT ROWID",
    "CREATE INDEX tags_tag ON tags(tag)",
    "CREATE TABLE captions(id INTEGER PRIMARY KEY AUTOINCREMENT, item INTEGER NOT NULL, text TEXT "
    "NOT NULL, words TEXT NOT NULL)",
    "CREATE INDEX captions_item ON captions(item)",
    "CREATE VIRTUAL TABLE caption_words USING fts5(words, content='captions', content_rowid='id', "
    "tokenize='ascii')",
    "CREATE TABLE failures(item INTEGER PRIMARY KEY, reason TEXT NOT NULL, attempts INTEGER NOT "
    "NULL, failed INTEGER NOT NULL, retry INTEGER NOT NULL)",
};

constexpr Schema kSchema = {kApplicationId, kFormatVersion, kTables,
                            "the catalogue of a Sightline library"};

}  // namespace

void create_schema(Database& database, const std::string& uuid) {
  database.execute("PRAGMA journal_mode = WAL");
  Transaction transaction(database);
  create_tables(database, kSchema);
  database.prepare("INSERT INTO settings VALUES ('uuid', ?)").bind(1, uuid).run();
  database.execute(
      "INSERT INTO settings VALUES ('created', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'));"
      "INSERT INTO sources VALUES (1, 'files', x'', '{}');");
  transaction.commit();
}

void check_schema(const Database& database) {
  check_tables(database, kSchema);
}

}  // namespace sightline::library
