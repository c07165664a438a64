// All that the routes of a server share.
#pragma once

#include <sightline/feedback.h>
#include <sightline/server.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>

#include "server/access.h"
#include "server/answer_cache.h"
#include "server/batcher.h"
#include "server/embedding_service.h"
#include "server/explanation_service.h"
#include "server/index_runner.h"
#include "server/metrics.h"
#include "server/search_service.h"
#include "server/served_library.h"
#include "server/thumbnails.h"

namespace sightline::server {

// A piece of work of a request; its key makes each a batch of its own.
struct Work {
  uint64_t key = 0;
  std::function<void()> run;
  std::function<void()> expired;
};

// Its members are thread-safe.
class Service {
 public:
  // Throws what Server throws.
  explicit Service(const ServerOptions& options);
  ~Service();

  const ServerOptions& options() const { return options_; }
  const AccessRules& access() const { return access_; }
  Metrics& metrics() { return metrics_; }
  ServedLibrary& library() { return library_; }
  SearchService& searches() { return searches_; }
  EmbeddingService& embeddings() { return embeddings_; }
  ExplanationService& explanations() { return explanations_; }
  ThumbnailStore& thumbnails() { return thumbnails_; }
  IndexRunner& indexing() { return indexing_; }
  AnswerCache& answers() { return answers_; }
  Judgements& judgements() { return judgements_; }
  Corrections& corrections() { return corrections_; }

  // Runs the function on a worker thread, or `expired` if it waited too long. Returns false if too
  // many wait.
  bool add(std::function<void()> run, std::function<void()> expired);
  size_t waiting() const { return workers_.length(); }
  // Acquired by work of seconds, such as learning, so that a worker is left for images and
  // metadata.
  std::counting_semaphore<>& long_work() { return long_work_; }
  // As add(), on a thread of its own, so that health is answered while the server is busy.
  bool add_health_check(std::function<void()> run);

  // Encodes a text with the default model, or returns the result of less than a second ago. Returns
  // the time it took in ms. Throws what encoding throws. May block.
  double check_health();

  void log_event(const std::string& sentence) const;
  void stop();

 private:
  const ServerOptions& options_;
  AccessRules access_;
  Metrics metrics_;
  ServedLibrary library_;
  Judgements judgements_;
  Corrections corrections_;
  SearchService searches_;
  EmbeddingService embeddings_;
  ExplanationService explanations_;
  ThumbnailStore thumbnails_;
  IndexRunner indexing_;
  AnswerCache answers_;
  mutable std::mutex log_mutex_;
  std::mutex health_mutex_;
  std::chrono::steady_clock::time_point health_checked_{};
  double health_ms_ = 0;
  std::atomic<uint64_t> next_key_ = 0;
  std::counting_semaphore<> long_work_;
  Batcher<Work> workers_, health_checks_;
};

}  // namespace sightline::server
