// The functions of the plugin that holds Arrow, opened on first use.
#pragma once

#include <filesystem>
#include <memory>

#include "data/readers/parquet_reader.h"
#include "data/readers/parquet_table.h"
#include "data/records.h"
#include "data/writers/parquet_writer.h"

namespace sightline {

// Throws Error: unsupported (no plugin), not_found (a requested column is missing), invalid_data.
std::unique_ptr<Dataset> open_parquet(const ParquetSource& source);

// Opens one file as a table. Throws Error: unsupported (no plugin), not_found, io, invalid_data.
std::unique_ptr<ParquetTable> open_parquet_table(const std::filesystem::path& file);

// Opens a Parquet file whose rows are records; columns of other types than texts, lists of texts,
// numbers, booleans and times are left out. Throws Error: unsupported (no plugin), invalid_data.
std::unique_ptr<RecordReader> open_parquet_records(const std::filesystem::path& file);

// Creates a writer with the columns image struct<bytes: binary, path: string>, text and
// schema.extra, and the metadata by which Python's `datasets` recognizes images. Throws Error:
// unsupported (no plugin), not_found (no such folder), io.
std::unique_ptr<ParquetWriter> create_parquet_writer(const std::filesystem::path& file,
                                                     const ParquetSchema& schema);

}  // namespace sightline
