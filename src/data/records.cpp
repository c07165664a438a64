#include "data/records.h"

#include "data/parquet_plugin.h"
#include "data/readers/csv.h"
#include "data/readers/json_lines.h"

namespace sightline {

std::unique_ptr<RecordReader> open_records(const std::filesystem::path& file) {
  if (file.extension() == ".parquet") return open_parquet_records(file);
  return file.extension() == ".csv" ? open_csv(file) : open_json_lines(file);
}

}  // namespace sightline
