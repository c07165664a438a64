// Arrow IPC files as tables.
#pragma once

#include <filesystem>
#include <memory>

#include "data/parquet/table_file.h"

namespace sightline {

// Opens an Arrow IPC file: a stream, as Hugging Face datasets write it, or Arrow's file format
// ("Feather"). Throws invalid_data, io.
std::unique_ptr<TableFile> open_ipc_file(const std::filesystem::path& path);

}  // namespace sightline
