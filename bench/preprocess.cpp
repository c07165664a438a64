// Images a second from file to model input, as JSON lines.
//   bench_preprocess [--seconds S] [--fast] [FOLDER]
// Without a folder: resizing alone, on random pixels, for sizes and modes that data sets have, one
// thread. With a folder of images: decoding, resizing, normalising and all of it on one thread,
// and all of it on all cores.
#include <sightline/error.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "rates/image_rates.h"

namespace {

using namespace sightline;
using nlohmann::ordered_json;

void print(const ordered_json& row) {
  std::printf("%s\n", row.dump().c_str());
}

void resizes() {
  struct Case {
    PixelMode mode;
    const char* name;
    int width, height, side;
  };
  for (const Case& c : {Case{PixelMode::rgb, "RGB", 640, 480, 224},
                        {PixelMode::rgb, "RGB", 480, 640, 224},
                        {PixelMode::rgb, "RGB", 500, 375, 224},
                        {PixelMode::rgb, "RGB", 1920, 1080, 224},
                        {PixelMode::rgb, "RGB", 4000, 3000, 224},
                        {PixelMode::rgb, "RGB", 72, 72, 224},
                        {PixelMode::rgb, "RGB", 640, 480, 336},
                        {PixelMode::l, "L", 640, 480, 224},
                        {PixelMode::rgba, "RGBA", 640, 480, 224}}) {
    print({{"what", "preprocess"},
           {"step", "resize"},
           {"mode", c.name},
           {"width", c.width},
           {"height", c.height},
           {"side", c.side},
           {"threads", 1},
           {"per_second", bench::resize_rate(c.mode, c.width, c.height, c.side, 5)}});
  }
}

}  // namespace

int main(int argc, char** argv) try {
  double seconds = 1;
  std::string folder;
  PreprocessSpec spec;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--seconds" && i + 1 < argc) {
      seconds = std::atof(argv[++i]);
    } else if (arg == "--fast") {
      spec.decode = DecodeProfile::fast;
    } else {
      folder = arg;
    }
  }
  if (folder.empty()) {
    resizes();
    return 0;
  }
  std::vector<std::vector<uint8_t>> files;
  for (const auto& path : bench::files_of(folder)) {
    files.push_back(read_file(path, ImageLimits{}.max_bytes));
  }
  for (const auto& rate : bench::preprocess_rates(files, spec, seconds)) {
    print({{"what", "preprocess"},
           {"step", rate.step},
           {"decode", spec.decode == DecodeProfile::fast ? "fast" : "exact"},
           {"threads", rate.threads},
           {"per_second", rate.per_second}});
  }
  return 0;
} catch (const sightline::Error& error) {
  std::fprintf(stderr, "bench_preprocess: %s\n", error.what());
  return 1;
}
