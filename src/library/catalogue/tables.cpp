#include "library/catalogue/tables.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"

namespace sightline::library {
namespace {

std::vector<std::string> tables_of(const Database& database) {
  Statement select =
      database.prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master");
  std::vector<std::string> out;
  while (select.step()) out.push_back(select.text(0));
  std::ranges::sort(out);
  return out;
}

}  // namespace

void create_tables(Database& database, const Schema& schema) {
  for (const char* table : schema.tables) database.execute(table);
  database.execute("PRAGMA application_id = " + std::to_string(schema.application_id));
  database.execute("PRAGMA user_version = " + std::to_string(schema.version));
}

void check_tables(const Database& database, const Schema& schema) {
  const std::string where = quoted(database.path());
  if (database.integer("PRAGMA application_id") != schema.application_id)
    throw Error(ErrorCode::invalid_data, where, " is not ", schema.name);
  const int64_t version = database.integer("PRAGMA user_version");
  if (version != schema.version) {
    throw Error(ErrorCode::unsupported, where, " has format version ", version,
                "; this program reads version ", schema.version);
  }
  Database expected(":memory:", Database::Mode::create);
  create_tables(expected, schema);
  if (tables_of(database) != tables_of(expected)) {
    throw Error(ErrorCode::invalid_data, "the tables of ", where, " are not those of ", schema.name,
                ": the file was damaged or changed by another program");
  }
}

}  // namespace sightline::library
