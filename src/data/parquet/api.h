// The functions that libsightline_parquet.so exports. All may throw Error, and the caller owns the
// returned object.
#pragma once

#include <filesystem>

#include "data/readers/parquet_reader.h"
#include "data/records.h"
#include "data/writers/parquet_writer.h"

extern "C" {
sightline::Dataset* sightline_parquet_open(const sightline::ParquetSource& source);
sightline::RecordReader* sightline_parquet_records(const std::filesystem::path& file);
sightline::ParquetWriter* sightline_parquet_create(const std::filesystem::path& file,
                                                   const sightline::ParquetSchema& schema);
}
