// Fuzzes the Parquet reader: any bytes yield rows or an Error. The reader is compiled into this
// program and therefore instrumented; Arrow is not.
#include <sightline/error.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>

#include "data/parquet/api.h"

namespace {

using namespace sightline;

void read_rows(const ParquetSource& source) {
  try {
    const std::unique_ptr<Dataset> dataset(sightline_parquet_open(source));
    while (const auto row = dataset->next()) {
    }
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fs = std::filesystem;
  // Not an in-memory file: cells name images in the same folder, and /proc/self/fd contains special
  // files.
  static const fs::path file =
      fs::temp_directory_path() / ("sightline-fuzz-" + std::to_string(::getpid()) + ".parquet");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  ParquetSource source;
  source.files = {file};
  source.format = "parquet";
  source.options.max_image_bytes = 1 << 20;
  read_rows(source);
  source.options.split = "test";  // counts the rows by the column "split" first
  read_rows(source);
  try {
    const std::unique_ptr<RecordReader> records(sightline_parquet_records(file));
    for (Record record; records->next(record);) {
    }
  } catch (const Error&) {
  }
  fs::remove(file);
  return 0;
}
