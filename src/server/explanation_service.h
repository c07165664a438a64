// Explains hits for clients, one at a time on a thread of its own, and keeps explanations.
#pragma once

#include <sightline/explain.h>
#include <sightline/query.h>
#include <sightline/server.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/batcher.h"
#include "server/metrics.h"
#include "server/search_service.h"
#include "server/served_library.h"

namespace sightline::server {

// The inputs of an explanation. A library gives an image whose content changes another number.
struct ExplanationKey {
  std::string fingerprint;  // of the model
  int64_t image = 0;
  std::optional<int64_t> correction;  // version of the text correction
  std::string query;

  bool operator==(const ExplanationKey&) const = default;
};

struct ServedExplanation {
  Explanation explanation;   // upright
  NearestCaptions captions;  // of the images that are nearest to the image
};

struct ExplanationJob {
  ExplanationKey key;
  LibraryView view;
  Query query;
  std::function<std::vector<uint8_t>()> read;  // reads the image file
  std::function<bool()> abandoned;             // ends the computation when it returns true
  // On the worker thread. Errors: cancelled (abandoned, or waited or computed for too long), what
  // `read` and explain_query throw.
  std::function<void(std::shared_ptr<const ServedExplanation>, std::exception_ptr)> done;
};

// Thread-safe.
class ExplanationService {
 public:
  ExplanationService(const SearchService& searches, const ServerOptions& options, Metrics& metrics);

  // Returns a kept explanation; null if there is none.
  std::shared_ptr<const ServedExplanation> find(const ExplanationKey& key);
  // Returns false, without calling `done`, if too many jobs wait.
  bool add(ExplanationJob job) { return batcher_.add(std::move(job)); }
  size_t waiting() const { return batcher_.length(); }
  void stop();

 private:
  using Kept = std::shared_ptr<const ServedExplanation>;

  void answer(ExplanationJob job);
  Kept explained(const ExplanationJob& job);
  Kept compute(const ExplanationJob& job);
  int cells_for(const Model& model);
  void keep(const ExplanationKey& key, Kept explanation);

  const SearchService& searches_;
  Counter results_;
  Histogram seconds_;
  std::mutex mutex_;                                 // of the list
  std::list<std::pair<ExplanationKey, Kept>> kept_;  // used last first
  std::map<std::string, double> encoding_seconds_;   // by fingerprint; of the worker thread
  std::atomic<bool> stopping_ = false;
  Batcher<ExplanationJob> batcher_;
};

// Returns the side of the largest map, at most default_cells, whose encodings take about two
// seconds if each takes `encoding_seconds`; at least 4.
int affordable_cells(const ModelInfo& model, double encoding_seconds);

}  // namespace sightline::server
