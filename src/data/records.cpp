#include "data/records.h"

#include "data/readers/csv.h"
#include "data/readers/json_lines.h"

namespace sightline {

std::unique_ptr<RecordReader> open_records(const std::filesystem::path& file) {
  return file.extension() == ".csv" ? open_csv(file) : open_json_lines(file);
}

}  // namespace sightline
