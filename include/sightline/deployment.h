// Deployment: how fast, how large and how costly models are on this machine.
//
//   const sightline::Deployment measured = sightline::measure_deployment(
//       {{"models/emoji-vit-8", "emoji-vit-8", sightline::Precision::fp32}}, {});
//   for (const sightline::DeploymentRow& row : measured.rows)
//     use(row.label, row.images_per_second, sightline::hours_per_million(row));
#pragma once

#include <sightline/model.h>
#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct DeploymentRow {
  std::string label;
  Computation computation;
  // From image files in the page cache to vectors: read, decode, preprocess, image tower.
  double images_per_second = 0;
  double text_ms = 0;    // to encode one query
  double search_ms = 0;  // of one query, exact and in f32, among Deployment::search_rows images
  // Resident memory that loading the model and encoding a batch of images and texts adds to the
  // process.
  int64_t peak_memory_bytes = 0;
  int64_t bytes_per_image = 0;  // of a stored f32 vector: 4 D
};

// The rows were measured one after the other on one machine, and are comparable only among
// themselves.
struct Deployment {
  std::vector<DeploymentRow> rows;
  std::string processor;
  int threads = 0;
  int64_t batch = 0;  // images in a batch
  int rounds = 0;     // rates are medians over these
  int64_t search_rows = 0;
  int64_t images = 0;  // synthetic photographs of 640 x 480
  double mean_image_bytes = 0;
  std::optional<double> price_per_hour;  // of the machine
  std::string currency;
};

struct DeployedModel {
  std::filesystem::path path;  // as Model::load reads it
  std::string label;
  Precision precision = Precision::fp32;
};

struct DeploymentOptions {
  ModelOptions model;  // backend and device; its precision is that of the DeployedModel
  int64_t batch_size = 32;
  int rounds = 3;
  double least_seconds = 0.2;  // minimum duration of a measurement in a round
  std::optional<double> price_per_hour;
  std::string currency = "USD";
};

// Milliseconds from the text of a query to its hits.
double query_ms(const DeploymentRow& row);
// Hours to encode 10^6 images, and their price; nothing without a price per hour.
double hours_per_million(const DeploymentRow& row);
std::optional<double> cost_per_million(const Deployment& deployment, const DeploymentRow& row);

// Measures models one after the other on all threads; the machine should be otherwise idle. Takes
// about 5 s and a load of the model for each row. Throws invalid_argument (no model, a price that
// is negative or not finite, a batch size out of range, a model without one of the towers), and
// what Model::load and `progress` throw.
Deployment measure_deployment(std::span<const DeployedModel> models,
                              const DeploymentOptions& options, const ProgressFn& progress = {});

}  // namespace sightline
