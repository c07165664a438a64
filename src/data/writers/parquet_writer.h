// Writes captioned images as Parquet through the plugin that links Arrow.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

struct ParquetSchema {
  bool list_captions = false;      // `text` is list<string>, else one string, or null, per row
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

}  // namespace sightline
