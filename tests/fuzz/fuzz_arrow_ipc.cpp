// Fuzzes the reader of Arrow IPC files, in which offsets are used as the file has them: any bytes
// yield rows or an Error. The reader is compiled into this program and therefore instrumented; Arrow
// is not.
#include <sightline/error.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>

#include "data/parquet/api.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  namespace fs = std::filesystem;
  static const fs::path file =
      fs::temp_directory_path() / ("sightline-fuzz-" + std::to_string(::getpid()) + ".arrow");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  ParquetSource source{{file}, {"train"}, "arrow", {}};
  source.options.max_image_bytes = 1 << 20;
  for (const char* split : {"", "test"}) {  // the second counts rows by the column "split" first
    source.options.split = split;
    try {
      const std::unique_ptr<Dataset> dataset(sightline_parquet_open(source));
      while (const auto row = dataset->next()) {
      }
    } catch (const Error&) {
    }
  }
  fs::remove(file);
  return 0;
}
