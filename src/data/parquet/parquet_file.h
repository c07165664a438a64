// Parquet files as tables.
#pragma once

#include <filesystem>
#include <memory>

#include "data/parquet/table_file.h"

namespace sightline {

// Opens a Parquet file. Its groups are the row groups. Throws invalid_data, io.
std::unique_ptr<TableFile> open_parquet_file(const std::filesystem::path& path);

}  // namespace sightline
