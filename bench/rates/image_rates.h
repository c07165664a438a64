// How fast images become a model's input, and how fast files become vectors. For the programs of
// this folder and for anything else that measures.
#pragma once

#include <sightline/model.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline::bench {

// Images a second of one step, or of all: "decode", "resize", "normalize", "all" (from a file's
// bytes in memory to the row of pixels that a tower takes).
struct StepRate {
  std::string step;
  int threads = 1;
  double per_second = 0;
};

// Each step for about `seconds` on one thread, and "all" on all cores too. Throws what decoding
// throws; invalid_argument for no files.
std::vector<StepRate> preprocess_rates(const std::vector<std::vector<uint8_t>>& files,
                                       const PreprocessSpec& spec, double seconds);

// Images a second of preprocess_pixels alone (resize and crop, bicubic to `side`), one thread,
// random pixels; the median of `rounds` measurements of about 50 ms.
double resize_rate(PixelMode mode, int width, int height, int side, int rounds);

// From files to vectors against the tower alone.
struct EndToEndRate {
  int64_t images = 0;     // a round
  double tower = 0;       // images a second, pixels ready in memory; median of the rounds
  double end_to_end = 0;  // from files; median
  double ratio = 0;       // median of the rounds' own ratios, each measured back to back
};

// Rounds of: all images through the tower alone, all files to vectors. The files should be in the
// page cache: one round is run before the others and not counted. Throws invalid_argument for no
// files.
EndToEndRate end_to_end_rate(const Model& model, const std::vector<std::filesystem::path>& files,
                             int64_t batch_size, int rounds);

// All regular files of a folder, in path order.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder);

double median(std::vector<double> values);

}  // namespace sightline::bench
