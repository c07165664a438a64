// Parquet files from anybody: rows, or an Error. The reader is compiled into this program, so that
// it is instrumented; Arrow comes as it is.
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
  // Not a file in memory: a cell names images beside the file, and /proc/self/fd has odd ones.
  static const fs::path file =
      fs::temp_directory_path() / ("sightline-fuzz-" + std::to_string(::getpid()) + ".parquet");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  ParquetSource source;
  source.files = {file};
  source.options.max_image_bytes = 1 << 20;
  read_rows(source);
  source.options.split = "test";  // rows are counted by that column first
  read_rows(source);
  fs::remove(file);
  return 0;
}
