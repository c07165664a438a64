// The tables of a library's catalogue (docs/formats/library.md).
#pragma once

#include "library/catalogue/database.h"

namespace sightline::library {

// Version of the format of libraries: of the catalogue and of segments.
inline constexpr int kFormatVersion = 1;

// Creates the tables in an empty database. `uuid`: identifies the library.
void create_schema(Database& database, const std::string& uuid);

// Throws unsupported if the catalogue is of a newer version, and invalid_data if the file is not a
// catalogue or its tables differ from those of create_schema: further triggers, views or columns
// would be another program's.
void check_schema(const Database& database);

}  // namespace sightline::library
