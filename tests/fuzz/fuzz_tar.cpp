// Fuzzes the WebDataset reader: any bytes yield rows or an Error.
#include <sightline/dataset.h>
#include <sightline/error.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fs = std::filesystem;
  static const fs::path file =
      fs::temp_directory_path() / ("sightline-fuzz-" + std::to_string(::getpid()) + ".tar");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    sightline::DatasetOptions options;
    options.max_image_bytes = 1 << 20;
    const auto dataset = sightline::open_dataset(file, options);
    while (const auto row = dataset->next()) {
    }
  } catch (const sightline::Error&) {
  }
  fs::remove(file);
  return 0;
}
