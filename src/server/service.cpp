#include "server/service.h"

#include <sightline/encoder.h>

#include <utility>

#include "server/client_queue.h"

namespace sightline::server {
namespace {

constexpr int kWorkers = 3;  // for images, metadata and everything else that is not a search
constexpr auto kHealthIsKept = std::chrono::seconds(1);

std::optional<std::filesystem::path> thumbnail_folder(const ServerOptions& options) {
  if (!options.cache) return std::nullopt;
  return *options.cache / "thumbnails";
}

BatcherOptions<Work> worker_options(const ServerOptions& options) {
  BatcherOptions<Work> out;
  out.workers = kWorkers;
  out.capacity = static_cast<size_t>(options.queue_length);
  out.max_batch = 1;
  // A page of hits asks for its thumbnails at once, which may take longer than a search.
  out.max_wait = batch_duration(10 * options.queue_seconds);
  out.run = [](std::vector<Work> work) { work.front().run(); };
  out.expired = [](Work work) { work.expired(); };
  return out;
}

BatcherOptions<Work> health_options() {
  BatcherOptions<Work> out;
  out.run = [](std::vector<Work> work) {
    for (Work& one : work) one.run();
  };
  out.expired = [](Work) {};
  return out;
}

}  // namespace

Service::Service(const ServerOptions& options)
    : options_(options),
      access_(options),
      library_(options),
      judgements_(library_.library().path()),  // absolute, which in_message() knows
      corrections_(library_.library().path()),
      searches_(
          library_, options, metrics_,
          [this](const std::string& fingerprint) { return corrections_.active(fingerprint); }),
      embeddings_(library_, options),
      explanations_(searches_, options, metrics_),
      thumbnails_(thumbnail_folder(options)),
      indexing_(library_, [this](const std::string& sentence) { log_event(sentence); }),
      long_work_(kWorkers - 1),
      workers_(worker_options(options)),
      health_checks_(health_options()) {}

Service::~Service() {
  stop();
}

bool Service::add(std::function<void()> run, std::function<void()> expired) {
  return workers_.add({++next_key_, std::move(run), std::move(expired)});
}

bool Service::add_health_check(std::function<void()> run) {
  return health_checks_.add({0, std::move(run), {}});
}

double Service::check_health() {
  using Clock = std::chrono::steady_clock;
  const std::lock_guard lock(health_mutex_);
  const auto start = Clock::now();
  if (health_checked_ != Clock::time_point() && start - health_checked_ < kHealthIsKept)
    return health_ms_;
  const LibraryView view = library_.view();
  const std::string text = "a photo";
  Encoder(*view.model).encode_texts({&text, 1});
  health_checked_ = Clock::now();
  health_ms_ = std::chrono::duration<double, std::milli>(health_checked_ - start).count();
  return health_ms_;
}

void Service::log_event(const std::string& sentence) const {
  const std::lock_guard lock(log_mutex_);
  if (options_.event_log) options_.event_log(sentence);
}

void Service::stop() {
  searches_.stop();
  embeddings_.stop();
  explanations_.stop();
  workers_.stop();
  health_checks_.stop();
  indexing_.stop();
}

}  // namespace sightline::server
