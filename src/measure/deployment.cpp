// Measures models as they are deployed: images from files, one query at a time.
#include <sightline/deployment.h>
#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/machine.h"
#include "measure/interleaved_rounds.h"
#include "measure/measure.h"
#include "measure/peak_memory.h"
#include "measure/search_rates.h"
#include "measure/synthetic_vectors.h"

namespace sightline {
namespace {

void check(std::span<const DeployedModel> models, const DeploymentOptions& options) {
  if (models.empty())
    throw Error(ErrorCode::invalid_argument, "a deployment needs at least one model");
  if (options.batch_size < 1 || options.batch_size > 4096)
    throw Error(ErrorCode::invalid_argument, "batch size ", options.batch_size,
                ", expected 1 to 4096");
  if (const auto price = options.price_per_hour; price && !(*price >= 0 && std::isfinite(*price)))
    throw Error(ErrorCode::invalid_argument, "the price per hour is ", *price,
                ", expected a number that is not negative");
}

// Milliseconds of an exact search of one query, ten hits, among kSearchRows vectors.
double search_ms(int64_t dim, const DeploymentOptions& options) {
  const std::vector<float> vectors = synthetic_vectors(kSearchRows, dim, 1);
  const std::vector<float> query = synthetic_vectors(1, dim, 2);
  const VectorIndex index = VectorIndex::view(vectors, kSearchRows, dim);
  const auto times = run_interleaved({[&] {
                                       index.search(query, 1, {10, ScanType::fp32});
                                     }},
                                     options.rounds, options.least_seconds);
  return 1000 * times[0].median;
}

double rate_of(const Measurements& found, const std::string& what, int64_t batch) {
  for (const Rate& rate : found.rates)
    if (rate.what == what && rate.batch == batch) return rate.per_second;
  throw Error(ErrorCode::internal, "the rate of ", what, " was not measured");
}

MeasureOptions measure_options(const DeploymentOptions& options, Precision precision) {
  MeasureOptions measure;
  measure.model = options.model;
  measure.precisions = {precision};
  measure.what = {"text", "end_to_end"};
  measure.batches = {1};
  if (options.batch_size > 1) measure.batches.push_back(options.batch_size);
  measure.rounds = options.rounds;
  measure.least_seconds = options.least_seconds;
  measure.roofline = false;
  return measure;
}

}  // namespace

Deployment measure_deployment(std::span<const DeployedModel> models,
                              const DeploymentOptions& options, const ProgressFn& progress) {
  check(models, options);
  const Machine machine = this_machine();
  Deployment out;
  out.processor = machine.processor;
  out.threads = machine.threads;
  out.batch = options.batch_size;
  out.rounds = options.rounds;
  out.search_rows = kSearchRows;
  out.price_per_hour = options.price_per_hour;
  out.currency = options.currency;
  std::map<int64_t, double> search;  // by dimensions
  for (size_t m = 0; m < models.size(); ++m) {
    const DeployedModel& model = models[m];
    const ProgressFn in_stage = [&](const ProgressUpdate& update) {
      if (progress)
        progress({"measuring deployment", static_cast<int64_t>(m),
                  static_cast<int64_t>(models.size()), model.label + ", " + update.note, ""});
    };
    release_free_memory();
    const int64_t before = resident_memory_bytes();
    const Measurements found =
        measure_model(model.path, measure_options(options, model.precision), in_stage);
    release_free_memory();
    const int64_t dim = found.model.embedding_dim;
    if (!search.contains(dim)) search[dim] = search_ms(dim, options);
    DeploymentRow row;
    row.label = model.label;
    row.computation = {options.model.backend, options.model.device, model.precision};
    row.images_per_second = rate_of(found, "end_to_end", options.batch_size);
    row.text_ms = 1000 / rate_of(found, "text", 1);
    row.search_ms = search[dim];
    row.peak_memory_bytes = std::max<int64_t>(0, found.peak_memory.at(0).bytes - before);
    row.bytes_per_image = 4 * dim;
    out.images = found.images;
    out.mean_image_bytes = found.mean_image_bytes;
    out.rows.push_back(row);
  }
  if (progress)
    progress({"measuring deployment", static_cast<int64_t>(models.size()),
              static_cast<int64_t>(models.size()), "", ""});
  return out;
}

}  // namespace sightline
