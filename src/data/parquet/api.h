// What libsightline_parquet.so offers. Both functions may throw Error; the object is the caller's.
#pragma once

#include <filesystem>

#include "data/readers/parquet_reader.h"
#include "data/writers/parquet_writer.h"

extern "C" {
sightline::Dataset* sightline_parquet_open(const sightline::ParquetSource& source);
sightline::ParquetWriter* sightline_parquet_create(const std::filesystem::path& file,
                                                   const sightline::ParquetSchema& schema);
}
