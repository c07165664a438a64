#include "server/search_service.h"

#include <sightline/error.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "search/query_vectors.h"
#include "server/client_queue.h"

namespace sightline::server {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

std::optional<int64_t> number_of(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Items may be named by the number of their image. No file is read: an image of a query is part of
// the request.
Query resolved(Query query, const Collection& collection) {
  for (QueryTerm& term : query.terms) {
    if (term.type == QueryType::image && term.bytes.empty()) {
      throw Error(ErrorCode::invalid_argument, "the image '", term.name,
                  "' is not part of the request; upload it");
    }
    if (term.type != QueryType::item) continue;
    const std::optional<int64_t> key = number_of(term.name);
    const std::optional<int64_t> row = key ? collection.row_of_key(*key) : std::nullopt;
    if (row) {
      term.key = key;
    } else if (key) {
      throw Error(ErrorCode::not_found, "there is no image ", term.name);
    }
  }
  return query;
}

CollectionSearchOptions options_of(const SearchSettings& settings) {
  CollectionSearchOptions out;
  out.k = settings.k;
  out.offset = settings.offset;
  out.diversity = settings.diversity;
  out.min_similarity = settings.min_similarity;
  out.templates = settings.templates;
  out.significance.fdr = settings.fdr;
  if (settings.group) out.group = NearDuplicateOptions{};
  return out;
}

void find_keys(SearchAnswer& answer) {
  std::vector<int64_t> rows;
  for (const SearchHit& hit : answer.hits.hits) rows.push_back(hit.row);
  answer.keys = answer.view.collection->keys(rows);
  for (const SearchHit& hit : answer.hits.hits) {
    rows.clear();
    for (const SearchDuplicate& duplicate : hit.duplicates) rows.push_back(duplicate.row);
    answer.duplicate_keys.push_back(answer.view.collection->keys(rows));
  }
}

}  // namespace

SearchService::SearchService(ServedLibrary& library, const ServerOptions& options, Metrics& metrics,
                             FindCorrection corrections)
    : library_(library),
      corrections_(std::move(corrections)),
      batch_sizes_(metrics.histogram("sightline_batch_size", "Searches answered together.",
                                     {1, 2, 4, 8, 16, 32, 64})),
      seconds_(metrics.histogram(
          "sightline_search_seconds",
          "Time of a search by stage: in the queue, encoding and scanning its batch.",
          duration_bounds())),
      batcher_([&] {
        BatcherOptions<SearchJob> queue = client_queue<SearchJob>(options);
        queue.run = [this](std::vector<SearchJob> jobs) { answer(std::move(jobs)); };
        return queue;
      }()) {}

bool SearchService::add(SearchJob job) {
  return batcher_.add(std::move(job));
}

// Errors and warnings of a batch are not attributed to a query, so that its searches are repeated
// one by one.
void SearchService::answer(std::vector<SearchJob> jobs) {
  batch_sizes_.observe(static_cast<double>(jobs.size()));
  if (jobs.size() > 1) {
    std::vector<SearchJob*> all;
    for (SearchJob& job : jobs) all.push_back(&job);
    std::vector<SearchAnswer> answers;
    try {
      answers = search(all);
    } catch (const std::exception&) {  // of any of them
    }
    if (!answers.empty() && answers.front().warnings.empty()) {
      for (size_t i = 0; i < jobs.size(); ++i) jobs[i].done(std::move(answers[i]), nullptr);
      return;
    }
  }
  for (SearchJob& job : jobs) answer_one(job);
}

void SearchService::answer_one(SearchJob& job) {
  std::vector<SearchAnswer> answers;
  std::exception_ptr error;
  try {
    SearchJob* const one[] = {&job};
    answers = search(one);
  } catch (...) {
    error = std::current_exception();
  }
  job.done(error ? SearchAnswer{} : std::move(answers.front()), error);
}

SearchResult SearchService::search_now(const LibraryView& view, std::span<const Query> queries,
                                       CollectionSearchOptions options) const {
  std::vector<Query> found;
  for (const Query& query : queries) found.push_back(resolved(query, *view.collection));
  const std::shared_ptr<const TextCorrection> correction =
      corrections_(view.about.provenance.fingerprint);
  options.correction = correction.get();
  return search_collection(*view.collection, *view.model, found, options);
}

std::vector<double> SearchService::scores(const LibraryView& view, std::span<const Query> queries,
                                          int64_t row) const {
  std::vector<Query> found;
  for (const Query& query : queries) found.push_back(resolved(query, *view.collection));
  const std::shared_ptr<const TextCorrection> correction =
      corrections_(view.about.provenance.fingerprint);
  std::vector<std::string> ignored;
  const QueryVectors encoded =
      query_vectors(found, *view.collection, view.model.get(), {}, correction.get(), ignored);
  std::vector<float> image(static_cast<size_t>(view.collection->vectors().dim()));
  view.collection->vectors().copy_row(row, image);
  std::vector<double> out;
  for (size_t q = 0; q < found.size(); ++q) {
    const auto vector = encoded.vectors.row(static_cast<int64_t>(q));
    out.push_back(std::inner_product(image.begin(), image.end(), vector.begin(), 0.0));
  }
  return out;
}

Explanation SearchService::explain(const LibraryView& view, const Query& query,
                                   std::span<const uint8_t> image, const std::string& name,
                                   const ExplainOptions& options) const {
  const std::shared_ptr<const TextCorrection> correction =
      corrections_(view.about.provenance.fingerprint);
  return explain_query(*view.collection, *view.model, image, name,
                       resolved(query, *view.collection), correction.get(), options);
}

std::optional<int64_t> SearchService::correction_version(const LibraryView& view) const {
  const std::shared_ptr<const TextCorrection> correction =
      corrections_(view.about.provenance.fingerprint);
  if (!correction) return std::nullopt;
  return correction->version();
}

std::vector<SearchAnswer> SearchService::search(std::span<SearchJob* const> jobs) {
  const SearchSettings& settings = jobs.front()->key;
  const auto start = Clock::now();
  const LibraryView view = library_.view(settings.model);
  std::vector<Query> queries;
  for (const SearchJob* job : jobs) queries.push_back(job->query);
  CollectionSearchOptions options = options_of(settings);
  if (settings.without) {
    if (const auto row = view.collection->row_of_key(*settings.without)) options.excluded = {*row};
  }
  std::shared_ptr<const NullModel> null_model;
  if (settings.judge) null_model = library_.null_model(view, settings.templates);
  options.null_model = null_model.get();
  SearchResult result = search_now(view, queries, std::move(options));
  const auto end = Clock::now();
  const double encode_ms = 1e3 * result.encode_seconds;
  std::vector<SearchAnswer> answers;
  for (size_t i = 0; i < jobs.size(); ++i) {
    SearchAnswer& answer = answers.emplace_back();
    answer.view = view;
    answer.hits = std::move(result.queries[i]);
    answer.images = result.rows;
    answer.warnings = result.warnings;
    answer.times = {milliseconds(jobs[i]->added, start), encode_ms,
                    milliseconds(start, end) - encode_ms};
    answer.correction = result.correction;
    find_keys(answer);
    seconds_.observe({{"stage", "wait"}}, answer.times.wait_ms / 1e3);
    seconds_.observe({{"stage", "encode"}}, answer.times.encode_ms / 1e3);
    seconds_.observe({{"stage", "search"}}, answer.times.search_ms / 1e3);
  }
  return answers;
}

}  // namespace sightline::server
