// Feedback: judgements of hits, and what is learned from them (docs/feedback.md).
//
//   sightline::Judgements judgements(library.path());
//   judgements.add({{.query = "beach", .image = 123, .grade = 1, .source = "page"}});
//   sightline::Corrections corrections(library.path());
//   corrections.learn(judgements, *library.collection(), model);
//   const auto correction = corrections.active(model.info().fingerprint);
//   auto result = sightline::search_collection(collection, model, {&query, 1},
//                                              {.correction = correction.get()});
//
// Judgements and corrections of a library are in its folder, in a database of their own
// (docs/formats/library.md), which several processes may use at once. Reading them does not create
// it. An image is named by its key (Collection::keys).
#pragma once

#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/query.h>
#include <sightline/search.h>
#include <sightline/statistics.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// A user's judgement whether an image is relevant to a query. The newest one of a query and an
// image counts; the others are kept.
struct Judgement {
  int64_t time_ms = 0;     // since 1970, UTC; 0 in add(): now
  std::string query = {};  // text of the query, without white space around it
  int64_t image = 0;
  std::string item = {};                     // VectorItem::id at that time; may be empty
  std::string model = {}, fingerprint = {};  // that found the image; may be empty
  int64_t rank = 0;                          // at which it was shown; 0: unknown
  std::optional<int> grade = 1;  // 1: relevant, 0: irrelevant, larger: more; empty: withdrawn
  std::string source = {};       // "page", "import", …

  bool operator==(const Judgement&) const = default;
};

struct JudgementCounts {
  int64_t judgements = 0;  // that count
  int64_t relevant = 0, irrelevant = 0;
  int64_t queries = 0;  // with a judgement
  int64_t history = 0;  // of all times, with replaced and withdrawn ones
};

// The judgements of a library. Thread-safe.
class Judgements {
 public:
  // Throws not_found (no library in `folder`), invalid_data (the database is damaged, or another
  // program's), unsupported (of a newer version), io.
  explicit Judgements(const std::filesystem::path& folder);
  Judgements(Judgements&&) noexcept;
  Judgements& operator=(Judgements&&) noexcept;
  ~Judgements();

  // Adds all or none, and creates the database if necessary. Throws invalid_argument (a blank
  // query, one that is not UTF-8 or longer than 10,000 bytes, a negative grade, rank or image), io.
  void add(std::span<const Judgement> judgements);

  // The judgements that count, newest first. `query`: of this query only.
  std::vector<Judgement> list(const std::optional<std::string>& query = {}) const;
  // All that were ever made, oldest first, withdrawals included.
  std::vector<Judgement> history() const;
  // The grades of the images of a query.
  std::map<int64_t, int> grades(const std::string& query) const;
  JudgementCounts counts() const;

  // The queries that are to be judged, in the order in which they were given.
  std::vector<std::string> queries_to_judge() const;
  void set_queries_to_judge(std::span<const std::string> queries);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Judgements as qrels of TREC (docs/formats/trec.md): lines "QUERY 0 ITEM GRADE".
//   qrels_text     of list(); items are named by their ids, escaped
//   queries_text   the queries' texts: lines "ID<tab>TEXT"
//   import_qrels   adds the lines of qrels. `queries`: as queries_text writes them; empty: the ids
//                  of queries are their texts, escaped. Items may be numbers of images ("#123") or
//                  ids. Throws invalid_data, naming the line.
struct QrelsImport {
  int64_t added = 0;
  std::vector<std::string> unknown;  // ids that are none of the collection's, each once
};
std::string qrels_text(std::span<const Judgement> judgements);
std::string queries_text(std::span<const Judgement> judgements);
QrelsImport import_qrels(Judgements& judgements, const Collection& collection,
                         const std::string& qrels, const std::string& queries = "",
                         const std::string& source = "import");

// Weights of Rocchio's formula: the query's vector is alpha * query + beta * mean of the relevant
// images - gamma * mean of the irrelevant ones, of vectors of unit length. Source: Rocchio, 1971;
// Manning, Raghavan, Schütze, Introduction to Information Retrieval, 2008, section 9.1.1, whose
// weights for texts are 1, 0.75 and 0.15. Images are nearer to each other than to texts, so that a
// smaller beta is better; chosen on simulated users (docs/decisions/0058-feedback.md).
struct RocchioWeights {
  double alpha = 1, beta = 0.25, gamma = 0.15;
};

// Returns the query with terms for the judged images (QueryTerm::key). beta and gamma are multiples
// of the sum of the absolute weights of the query's terms.
// Throws invalid_argument if a weight is negative or not finite, or if nothing is left to search
// for.
Query with_relevance_feedback(const Query& query, std::span<const int64_t> relevant,
                              std::span<const int64_t> irrelevant,
                              const RocchioWeights& weights = {});

struct LearningOptions {
  double level = 0.01;       // largest p at which an improvement is accepted
  int64_t min_groups = 10;   // groups of queries with judgements of both kinds
  double min_overlap = 0.5;  // of the best ten images of unjudged texts, before and after
  StatisticsOptions statistics;
  ProgressFn progress;
};

// The figures by which a correction was accepted or refused. Quality: the difference of the mean
// similarities of relevant and irrelevant images, in standard deviations of all judged images of
// the query, averaged over queries. Of held-out queries, by cross-validation.
struct CorrectionFigures {
  bool accepted = false;
  std::string reason;      // one sentence
  int64_t judgements = 0;  // that were used
  int64_t queries = 0;     // with judgements of both kinds
  int64_t groups = 0;      // of queries with nearly equal texts
  double before = 0, after = 0, difference = 0;
  std::optional<Interval> interval;  // of the difference
  double p = 1;                      // of the difference: paired, two-sided
  // Of texts that were not judged: mean share of their best ten images that stay.
  double overlap = 1;
  double ridge = 0, step = 0, away = 0;  // settings, chosen by cross-validation
};

struct CorrectionVersion {
  int64_t version = 0;     // from 1; 0: not stored, because it was refused
  int64_t created_ms = 0;  // since 1970, UTC
  std::string model, fingerprint;
  CorrectionFigures figures;
  bool active = false;  // used for queries by its model
};

// The learned corrections of a library. Thread-safe.
class Corrections {
 public:
  // Throws what Judgements throws.
  explicit Corrections(const std::filesystem::path& folder);
  Corrections(Corrections&&) noexcept;
  Corrections& operator=(Corrections&&) noexcept;
  ~Corrections();

  // Learns a correction from the judgements, and stores and activates it if it is accepted;
  // otherwise the version is 0 and nothing changes. Encodes the judged queries. Uses judgements of
  // queries that are one text, with or without filters. Throws invalid_argument (the collection has
  // vectors of another model), and what encoding, `progress` and the constructor throw.
  CorrectionVersion learn(const Judgements& judgements, const Collection& collection,
                          const Model& model, const LearningOptions& options = {});

  std::vector<CorrectionVersion> versions() const;  // newest first
  // Activates a version for its model, and turns corrections on. Throws not_found, and invalid_data
  // if its numbers are damaged.
  void use(int64_t version);
  void turn_off();  // for all models; use() and an accepted learn() turn them on
  bool enabled() const;

  // The active correction for a model; null if there is none, or if corrections are off. Fast if
  // nothing has changed since the last call. Throws invalid_data if it is damaged.
  std::shared_ptr<const TextCorrection> active(const std::string& fingerprint) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The quality of a library's results by its judgements.
struct FeedbackMetric {
  std::string name;                  // "P@10", "nDCG@10", "bpref"; of days "judged P@10"
  double value = 0;                  // 0 if `queries` is
  std::optional<Interval> interval;  // bootstrap over queries
  int64_t queries = 0;
};
struct FeedbackModel {
  std::string model, fingerprint;
  std::optional<int64_t> correction;    // version that was applied
  std::vector<FeedbackMetric> metrics;  // of a search of today
};
// The judgements of a day as they were made: the share of relevant images among the judged ones
// that were shown at rank 1 to 10.
struct FeedbackDay {
  std::string day;  // "2026-01-31", UTC
  int64_t judgements = 0;
  FeedbackMetric precision;
};

// Ranks the collection for each judged query and compares the ranking with the judgements:
//   P@10      share of relevant images among the first ten; images without a judgement are not
//             relevant
//   nDCG@10   of the judged images alone, in the order of the ranking; gains are grades
//   bpref     Buckley, Voorhees, 2004: of judged images only
// nDCG@10 and bpref need a query's irrelevant images: without one, they are 1 for any ranking.
// Queries without a relevant judgement, and those whose terms cancel each other, do not count.
// Throws what search_collection throws.
FeedbackModel evaluate_judgements(std::span<const Judgement> judgements,
                                  const Collection& collection, const Model& model,
                                  const TextCorrection* correction = nullptr,
                                  const StatisticsOptions& options = {});
// By day, oldest first. `history`: Judgements::history().
std::vector<FeedbackDay> quality_by_day(std::span<const Judgement> history,
                                        const StatisticsOptions& options = {});

}  // namespace sightline
