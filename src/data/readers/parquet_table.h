// A Parquet file as a table of texts, for metadata.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Not thread-safe.
class ParquetTable {
 public:
  virtual ~ParquetTable() = default;
  virtual int64_t rows() const = 0;
  // Returns the cells of these rows, ascending and each below rows(): texts, numbers, booleans and
  // times by column. Other columns and nulls are omitted. Reads only row groups with a wanted row,
  // and continues where the last call ended if these rows come after it. Throws invalid_data, io,
  // limit_exceeded.
  virtual std::vector<std::map<std::string, std::string>> read(std::span<const int64_t> rows) = 0;
  // Rows that all calls have decoded.
  virtual int64_t decoded_rows() const = 0;
};

}  // namespace sightline
