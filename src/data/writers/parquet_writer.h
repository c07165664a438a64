// Writes captioned images as Parquet through the plugin that links Arrow.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

struct ParquetSchema {
  bool list_captions = false;      // `text` is list<string>, else one string per row
  std::vector<std::string> extra;  // names of the further text columns, in order
};

// Appends rows to a temporary file, which finish() renames to the requested name.
class ParquetWriter {
 public:
  virtual ~ParquetWriter() = default;  // removes the temporary file unless finish() was called
  // `path` is stored in the image struct together with the bytes. Throws Error: io,
  // invalid_argument (the captions do not fit the schema).
  virtual void add(const Row& row, const std::string& path) = 0;
  virtual void finish() = 0;  // throws Error: io
};

// Creates a writer with the columns image struct<bytes: binary, path: string>, text and
// schema.extra, and the metadata by which Python's `datasets` recognizes images. Throws Error:
// unsupported (no plugin), io.
std::unique_ptr<ParquetWriter> create_parquet_writer(const std::filesystem::path& file,
                                                     const ParquetSchema& schema);

}  // namespace sightline
