// Separated values, one record at a time.
#pragma once

#include <filesystem>
#include <memory>

#include "data/records.h"

namespace sightline {

// Opens a file of separated values with a header line. Quoted fields may contain separators, line
// breaks and doubled quotes. Source: RFC 4180. Also accepted: lines that end in LF or CR; spaces
// after separators, if the header has them; records with fewer fields than the header, whose last
// cells are then missing, and with more, if these are blank. A column name that appears again
// becomes "NAME.1", "NAME.2" …, as in pandas. Throws invalid_data if the header is missing.
std::unique_ptr<RecordReader> open_csv(const std::filesystem::path& file, char separator = ',');

}  // namespace sightline
