// How fast a model is on this machine, and how close to what the machine can do.
#pragma once

#include <sightline/model.h>
#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct MeasureOptions {
  Backend backend = Backend::cpu;
  Device device;
  std::vector<Precision> precisions = {Precision::fp32};
  // Of "image", "text", "preprocess", "end_to_end", "search"; empty: whatever the model has towers
  // for.
  std::vector<std::string> what;
  std::vector<int64_t> batches = {1, 8, 32};
  int rounds = 5;                     // everything takes a turn in each; medians count
  double least_seconds = 0.1;         // a turn repeats its work for at least so long
  bool ceilings = true;               // false: the model alone, in less time and memory
  std::filesystem::path images;       // a folder of images; empty: made-up photographs of 640 x 480
  std::vector<std::string> captions;  // empty: sample_captions()
};

struct Rate {
  std::string what;
  std::string precision;  // "u8" for preprocess; of the scan for search
  int64_t batch = 1;      // images, texts or queries a call
  double per_second = 0;  // of them, median of the rounds
  std::optional<double>
      best_per_second;  // of the best round: where others disturb the machine it says more
  // The rate that the ceiling allows: for towers the multiplications alone, for end_to_end the
  // tower alone at that batch, for search what memory and the matrix product allow.
  std::optional<double> ceiling_per_second;
  std::optional<double> ceiling_operations;  // a second, for towers
  std::optional<double> share_of_ceiling;    // per_second / ceiling_per_second
};

struct PeakMemory {
  std::string precision;
  int64_t bytes = 0;  // resident, while the model was loaded and encoded the largest batch
};

struct Measurements {
  ModelInfo model;
  std::vector<Rate> rates;
  std::vector<PeakMemory> peak_memory;
  std::optional<double> read_bytes_per_second;  // memory, with `ceilings`
  // What was decoded, where images were asked for.
  int64_t images = 0;
  double mean_image_bytes = 0;
  bool synthetic_images = false;
};

// Loads the model once a precision and measures. Needs a quiet machine; uses all threads. Throws
// what Model::load throws, not_found and invalid_argument for options that fit nothing (a tower
// that the model lacks, a folder without images), and what `progress` throws.
Measurements measure_model(const std::filesystem::path& model, const MeasureOptions& options,
                           const ProgressFn& progress = {});

// Thirty-two captions as people write them: 5 to 20 words.
const std::vector<std::string>& sample_captions();

// A JPEG file of a made-up photograph: blurred light and texture whose amplitude falls with the
// frequency as a photograph's does, so that decoding it takes as long. Every seed gives another.
std::string sample_photo(int width, int height, uint64_t seed);

// Bytes a second that all threads together read from `bytes` of memory, the median of the rounds.
double read_bandwidth(int64_t bytes, int rounds);

}  // namespace sightline
