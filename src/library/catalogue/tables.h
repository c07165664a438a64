// Databases whose tables must be exactly those that this program creates.
#pragma once

#include <span>

#include "library/catalogue/database.h"

namespace sightline::library {

// Kind of a database: its application id, version and tables, as statements that create them.
struct Schema {
  int64_t application_id = 0;
  int version = 0;
  std::span<const char* const> tables;
  const char* name = "";  // for messages: "the catalogue of a Sightline library"
};

// Creates the tables and writes application id and version. Call it in a transaction.
void create_tables(Database& database, const Schema& schema);

// Throws unsupported if the database is of another version, and invalid_data if it is of another
// application or its tables differ: further triggers, views or columns would be another program's.
void check_tables(const Database& database, const Schema& schema);

}  // namespace sightline::library
