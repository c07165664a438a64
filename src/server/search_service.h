// Answers searches on worker threads; those that wait at the same time are answered together.
#pragma once

#include <sightline/explain.h>
#include <sightline/search.h>

#include <chrono>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/batcher.h"
#include "server/metrics.h"
#include "server/served_library.h"

namespace sightline::server {

// All that searches must have in common to be answered by one call of search_collection.
struct SearchSettings {
  std::string model;  // name, spec or fingerprint; "": the default one
  int k = 50;
  int64_t offset = 0;
  bool group = false, judge = true;
  double diversity = 0;
  double min_similarity = -std::numeric_limits<double>::infinity();  // no threshold
  double fdr = 0.05;
  std::vector<std::string> templates;
  std::optional<int64_t> without = {};  // number of an image that is not a hit
  bool operator==(const SearchSettings&) const = default;
};

struct SearchTimes {
  double wait_ms = 0, encode_ms = 0, search_ms = 0;  // in the queue; of the batch
};

struct SearchAnswer {
  LibraryView view;
  QueryHits hits;  // of this query
  int64_t images = 0;
  std::vector<int64_t> keys;  // of hits: the numbers of the images in the library
  std::vector<std::vector<int64_t>> duplicate_keys;
  std::vector<std::string> warnings;
  SearchTimes times;
  std::optional<int64_t> correction;  // version of the text correction that was used
};

// Receives the answer, or the exception of a search, on a worker thread.
using SearchDone = std::function<void(SearchAnswer answer, std::exception_ptr error)>;

struct SearchJob {
  SearchSettings key;
  Query query;
  SearchDone done;
  std::chrono::steady_clock::time_point added = std::chrono::steady_clock::now();
};

// Returns the text correction that is used with a model; null if there is none.
using FindCorrection =
    std::function<std::shared_ptr<const TextCorrection>(const std::string& fingerprint)>;

// Thread-safe.
class SearchService {
 public:
  SearchService(ServedLibrary& library, const ServerOptions& options, Metrics& metrics,
                FindCorrection corrections);

  // Returns false, without calling `done`, if too many searches wait. A search that waits longer
  // than ServerOptions::queue_seconds receives an Error (cancelled).
  bool add(SearchJob job);
  size_t waiting() const { return batcher_.length(); }
  // The similarity of one row to each query, as a search without a filter has it. On this thread.
  std::vector<double> scores(const LibraryView& view, std::span<const Query> queries,
                             int64_t row) const;
  // A search on this thread, with the text correction. Items may be named by the number of their
  // image.
  SearchResult search_now(const LibraryView& view, std::span<const Query> queries,
                          CollectionSearchOptions options) const;
  // Explains the similarity of an image file to a query as scores() has it. On this thread.
  Explanation explain(const LibraryView& view, const Query& query, std::span<const uint8_t> image,
                      const std::string& name, const ExplainOptions& options) const;
  // The version of the text correction that searches with the view's model use.
  std::optional<int64_t> correction_version(const LibraryView& view) const;
  void stop() { batcher_.stop(); }

 private:
  void answer(std::vector<SearchJob> jobs);
  void answer_one(SearchJob& job);
  std::vector<SearchAnswer> search(std::span<SearchJob* const> jobs);

  ServedLibrary& library_;
  FindCorrection corrections_;
  Histogram batch_sizes_, seconds_;
  Batcher<SearchJob> batcher_;
};

}  // namespace sightline::server
