#include "server/explanation_service.h"

#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "server/client_queue.h"

namespace sightline::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostKept = 256;    // each has a few kilobytes
constexpr size_t kMostWaiting = 16;  // each takes seconds
constexpr int64_t kMostWords = 64;   // of a query
constexpr double kMapSeconds = 2;    // for the encodings of a map
constexpr double kMostSeconds = 30;  // for an explanation
constexpr int kLeastCells = 4;       // 25 encodings
constexpr int64_t kBatch = 16;       // images between looks at whether the client is there
constexpr int kImages = 50;          // whose captions are compared
constexpr size_t kCaptions = 64;     // of them at most
constexpr int kShownCaptions = 5;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The time to encode an image in a batch: the least of several, because the machine may be busy.
// The first batch prepares the weights.
double measure_encoding(const Model& model) {
  constexpr int kImagesAtOnce = 4, kBatches = 5;
  const auto side = static_cast<size_t>(model.preprocess().crop_size);
  const std::vector<float> pixels(kImagesAtOnce * 3 * side * side);
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kBatches; ++i) {
    const auto start = Clock::now();
    model.encode_pixels(pixels, kImagesAtOnce);
    least = std::min(least, seconds_since(start) / kImagesAtOnce);
  }
  return least;
}

BatcherOptions<ExplanationJob> queue_options(const ServerOptions& options) {
  BatcherOptions<ExplanationJob> out = client_queue<ExplanationJob>(options);
  out.capacity = std::min(out.capacity, kMostWaiting);
  out.max_batch = 1;
  out.max_wait = batch_duration(10 * options.queue_seconds);
  return out;
}

}  // namespace

int affordable_cells(const ModelInfo& model, double encoding_seconds) {
  for (int cells = default_cells(model); cells > kLeastCells; --cells) {
    const int positions = cells + std::max(1, (3 * cells + 4) / 8) - 1;
    if (positions * positions * encoding_seconds <= kMapSeconds) return cells;
  }
  return kLeastCells;
}

ExplanationService::ExplanationService(const SearchService& searches, const ServerOptions& options,
                                       Metrics& metrics)
    : searches_(searches),
      results_(metrics.counter("sightline_explanations_total",
                               "Explanations by result: computed, kept, cancelled or failed.")),
      seconds_(metrics.histogram("sightline_explanation_seconds", "Time to compute an explanation.",
                                 duration_bounds())),
      batcher_([&] {
        BatcherOptions<ExplanationJob> queue = queue_options(options);
        queue.run = [this](std::vector<ExplanationJob> jobs) { answer(std::move(jobs.front())); };
        return queue;
      }()) {}

void ExplanationService::stop() {
  stopping_ = true;
  batcher_.stop();
}

std::shared_ptr<const ServedExplanation> ExplanationService::find(const ExplanationKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(kept_, key, &std::pair<ExplanationKey, Kept>::first);
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found);
  results_.add({{"result", "kept"}});
  return found->second;
}

void ExplanationService::keep(const ExplanationKey& key, Kept explanation) {
  const std::lock_guard lock(mutex_);
  kept_.emplace_front(key, std::move(explanation));
  if (kept_.size() > kMostKept) kept_.pop_back();
}

void ExplanationService::answer(ExplanationJob job) {
  Kept made;
  std::exception_ptr error;
  try {
    made = explained(job);
  } catch (...) {
    error = std::current_exception();
  }
  job.done(std::move(made), error);
}

// The same explanation may have been computed while the job waited.
ExplanationService::Kept ExplanationService::explained(const ExplanationJob& job) {
  if (Kept known = find(job.key)) return known;
  try {
    const auto start = Clock::now();
    Kept made = compute(job);
    seconds_.observe(seconds_since(start));
    results_.add({{"result", "computed"}});
    keep(job.key, made);
    return made;
  } catch (const Error& error) {
    const bool cancelled = error.code() == ErrorCode::cancelled;
    results_.add({{"result", cancelled ? "cancelled" : "failed"}});
    throw;
  }
}

ExplanationService::Kept ExplanationService::compute(const ExplanationJob& job) {
  const auto start = Clock::now();
  const auto check = [&] {
    if (stopping_ || job.abandoned())
      throw Error(ErrorCode::cancelled, "nobody waits for the explanation");
    if (seconds_since(start) > kMostSeconds)
      throw Error(ErrorCode::cancelled, "the explanation took longer than ", kMostSeconds, " s");
  };
  check();
  const std::vector<uint8_t> bytes = job.read();
  const Model& model = *job.view.model;
  ExplainOptions options;
  options.cells = cells_for(model);
  options.batch_size = kBatch;
  options.max_words = kMostWords;
  Clock::time_point before;
  int64_t encoded = 0;
  options.progress = [&](const ProgressUpdate& update) {
    check();
    if (encoded > 0) {  // the time of one batch
      double& known = encoding_seconds_[model.info().fingerprint];
      known = std::min(known, seconds_since(before) / static_cast<double>(update.done - encoded));
    }
    encoded = update.done;
    before = Clock::now();
  };
  auto out = std::make_shared<ServedExplanation>();
  out->explanation = upright_explanation(searches_.explain(
      job.view, job.query, bytes, "image " + std::to_string(job.key.image), options));
  check();
  const std::vector<float>& image = out->explanation.vector;
  const std::vector<std::string> captions =
      captions_near(*job.view.collection, image, kImages, kCaptions);
  out->captions = nearest_captions(captions, model, image, kShownCaptions);
  return out;
}

// The time is the least that was ever seen, so that a busy moment does not make later maps coarse.
int ExplanationService::cells_for(const Model& model) {
  const std::string& fingerprint = model.info().fingerprint;
  if (!encoding_seconds_.contains(fingerprint))
    encoding_seconds_.emplace(fingerprint, measure_encoding(model));
  return affordable_cells(model.info(), encoding_seconds_.at(fingerprint));
}

}  // namespace sightline::server
