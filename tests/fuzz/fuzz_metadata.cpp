// Fuzzes the readers of metadata and caption files: any bytes yield rows or an Error. The first
// byte selects the file name, and thereby the format.
#include <sightline/dataset.h>
#include <sightline/error.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

constexpr std::array kNames = {
    "captions_x.json", "dataset_coco.json", "list.json", "lines.jsonl",        "metadata.jsonl",
    "metadata.csv",    "table.csv",         "table.tsv", "Flickr8k.token.txt", "results.csv"};

// Returns a folder that contains an image, so that readers get past the search for images.
const fs::path& folder() {
  static const fs::path path = [] {
    const fs::path made =
        fs::temp_directory_path() / ("sightline-fuzz-metadata-" + std::to_string(::getpid()));
    fs::create_directories(made);
    std::ofstream(made / "a.jpg") << "image";
    return made;
  }();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const fs::path file = folder() / kNames[data[0] % kNames.size()];
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data) + 1, static_cast<std::streamsize>(size - 1));
  try {
    const auto dataset = sightline::open_dataset(file);
    while (const auto row = dataset->next()) {
    }
  } catch (const sightline::Error&) {
  }
  fs::remove(file);
  return 0;
}
