// Measures how fast a model runs on this machine, and what share of the roofline it reaches.
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
  ModelOptions model;  // its precision and towers are replaced by those that are measured
  std::vector<Precision> precisions = {Precision::fp32};
  // Of "image", "text", "preprocess", "end_to_end", "search"; empty: all that the model's towers
  // allow.
  std::vector<std::string> what;
  std::vector<int64_t> batches = {1, 8, 32};
  int rounds = 5;                // interleaved rounds; medians count
  double least_seconds = 0.1;    // a job repeats for at least this long in a round
  bool roofline = true;          // false: the model alone, in less time and memory
  std::filesystem::path images;  // a folder of images; empty: synthetic photographs of 640 x 480
  std::vector<std::string> captions;  // empty: sample_captions()
};

struct Rate {
  std::string what;
  std::string precision;                  // "u8" for preprocess; of the scan for search
  int64_t batch = 1;                      // images, texts or queries in a call
  double per_second = 0;                  // images, texts or queries; median of the rounds
  std::optional<double> best_per_second;  // of the best round: less affected by noise
  // The rate of the roofline baseline: for towers their matrix products and convolutions alone, for
  // end_to_end the tower alone at that batch, for search reading the vectors or the matrix product.
  std::optional<double> roofline_per_second;
  std::optional<double> roofline_operations;  // operations a second, for towers
  std::optional<double> share_of_roofline;    // per_second / roofline_per_second
};

struct PeakMemory {
  std::string precision;
  int64_t bytes = 0;  // resident, while loading the model and encoding the largest batch
};

struct Measurements {
  ModelInfo model;
  std::vector<Rate> rates;
  std::vector<PeakMemory> peak_memory;
  std::optional<double> read_bytes_per_second;  // memory, with MeasureOptions::roofline
  // The images of "preprocess" and "end_to_end".
  int64_t images = 0;
  double mean_image_bytes = 0;
  bool synthetic_images = false;
};

// Loads the model once for each precision and measures it on all threads; the machine should be
// otherwise idle. Throws what Model::load and `progress` throw, and not_found or invalid_argument
// for options that do not fit (a tower that the model lacks, a folder without images).
Measurements measure_model(const std::filesystem::path& model, const MeasureOptions& options,
                           const ProgressFn& progress = {});

}  // namespace sightline
