// Writing captioned images as Parquet, through the plugin that holds Arrow.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

struct ParquetSchema {
  bool list_captions = false;      // `text` as list<string>, else one string a row
  std::vector<std::string> extra;  // names of further text columns, in order
};

// Appends rows; the file appears under its name when finish() has returned.
class ParquetWriter {
 public:
  virtual ~ParquetWriter() = default;  // without finish(): the unfinished file is removed
  // `path` goes into the image's struct beside its bytes. Throws Error: io, invalid_argument
  // (captions that do not fit the schema).
  virtual void add(const Row& row, const std::string& path) = 0;
  virtual void finish() = 0;
};

// Columns: image struct<bytes: binary, path: string>, text, then schema.extra; with the metadata
// that lets Python's `datasets` see images in it. Throws Error: unsupported (no plugin), io.
std::unique_ptr<ParquetWriter> create_parquet_writer(const std::filesystem::path& file,
                                                     const ParquetSchema& schema);

}  // namespace sightline
