// Images a second of the steps of preprocessing, on one thread, as JSON lines. `sightline bench`
// measures preprocessing as a whole; bench/peers/preprocess.py compares these steps with peers.
//   bench_preprocess_steps [--seconds S] [--fast] [FOLDER]
// Without a folder: resizing synthetic pixels of several sizes and modes. With a folder of images:
// decoding, resizing, normalizing and all of it.
#include <sightline/error.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "image/image_preprocessor.h"
#include "image/normalization_table.h"
#include "measure/interleaved_rounds.h"

namespace {

using namespace sightline;

void print(const Json& row) {
  std::printf("%s\n", json_text(row).c_str());
}

// Resizing and cropping to `side`, bicubic, in Pillow's order of operations.
double resizes_per_second(PixelMode mode, int width, int height, int side) {
  PreprocessSpec spec;
  spec.resize_size = spec.crop_size = side;
  spec.order = PreprocessSpec::Order::openai;
  Raster raster;
  raster.mode = mode;
  raster.width = width;
  raster.height = height;
  const size_t channels = mode == PixelMode::l ? 1 : mode == PixelMode::rgba ? 4 : 3;
  raster.pixels.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * channels);
  std::mt19937 random(1);
  for (uint8_t& value : raster.pixels) value = static_cast<uint8_t>(random());
  image::ImagePreprocessor preprocessor(spec);
  std::vector<uint8_t> out(3 * static_cast<size_t>(side) * static_cast<size_t>(side));
  const auto times =
      run_interleaved({[&] { preprocessor.resize_and_crop(raster, out.data()); }}, 5, 0.05);
  return 1 / times[0].median;
}

void print_resizes() {
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
           {"per_second", resizes_per_second(c.mode, c.width, c.height, c.side)}});
  }
}

std::vector<std::vector<uint8_t>> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  if (paths.empty()) throw Error(ErrorCode::invalid_argument, "no file in '", folder.string(), "'");
  std::ranges::sort(paths);
  std::vector<std::vector<uint8_t>> files;
  for (const auto& path : paths) files.push_back(read_file(path, ImageLimits{}.max_bytes));
  return files;
}

void print_steps(const std::vector<std::vector<uint8_t>>& files, const PreprocessSpec& spec,
                 double seconds) {
  const size_t side = static_cast<size_t>(spec.crop_size);
  std::vector<Raster> rasters;
  for (const auto& file : files) rasters.push_back(decode_raster(file, "image", spec));
  image::ImagePreprocessor preprocessor(spec);
  const image::NormalizationTable normalization(spec);
  std::vector<uint8_t> square(3 * side * side);
  std::vector<float> pixels(square.size());
  const char* const names[] = {"decode", "resize", "normalize", "all"};
  const auto times =
      run_interleaved({[&] {
                         for (const auto& file : files) preprocessor.decode(file, "image");
                       },
                       [&] {
                         for (const Raster& raster : rasters)
                           preprocessor.resize_and_crop(raster, square.data());
                       },
                       [&] {
                         for (size_t i = 0; i < files.size(); ++i)
                           normalization.apply(square.data(), side * side, pixels.data());
                       },
                       [&] {
                         for (const auto& file : files)
                           preprocessor.prepare(file, "image", pixels.data());
                       }},
                      1, seconds);
  for (size_t i = 0; i < times.size(); ++i) {
    print({{"what", "preprocess"},
           {"step", names[i]},
           {"decode", spec.decode == DecodeProfile::fast ? "fast" : "exact"},
           {"threads", 1},
           {"per_second", static_cast<double>(files.size()) / times[i].median}});
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
    print_resizes();
  } else {
    print_steps(files_of(folder), spec, seconds);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_preprocess_steps: %s\n", error.what());
  return 1;
}
