// Separated values, one record at a time.
#pragma once

#include <filesystem>
#include <memory>

#include "data/records.h"

namespace sightline {

// Opens a file of separated values with a header line. Quoted fields may contain separators, line
// breaks and doubled quotes. Lines end in LF or CRLF; a UTF-8 byte order mark is skipped. Source:
// RFC 4180. Throws invalid_data if the header is missing or names a column twice.
std::unique_ptr<RecordReader> open_csv(const std::filesystem::path& file, char separator = ',');

}  // namespace sightline
