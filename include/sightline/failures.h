// The failure report of an experiment: hubs, corrections of similarities against hubs, groups of
// rows that are found worst, and images that are misread because of a text in them. Definitions,
// sources and measured effects: docs/failures.md.
#pragma once

#include <sightline/statistics.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// --- hubs ---------------------------------------------------------------------------------------

// A candidate that is among the first K results of many queries.
struct Hub {
  int64_t candidate = 0;  // an image: index into ExperimentResult::rows; a caption: a text with it,
                          // index into ExperimentResult::text_row
  int64_t count = 0;      // N_K: number of queries that have it among their first K results
};

// The distribution of N_K over the candidates of one direction. Equal similarities are ordered by
// the candidate's index.
//   skewness      E[(N_K - mean)^3] / (standard deviation)^3, population moments; 0 if all N_K are
//                 equal. Source: Radovanovic, Nanopoulos, Ivanovic: Hubs in Space (2010)
//   robin_hood    sum |N_K - mean| / (2 sum N_K), the share of results that would have to be taken
//                 from hubs so that all candidates appear equally often; 0 to 1. Source: Feldbauer
//                 et al.: Fast Approximate Hubness Reduction (2018)
//   never_found   share of candidates with N_K = 0
struct Hubness {
  int k = 0;               // K, or the number of candidates if that is smaller
  int64_t queries = 0;     // texts, or images that have a text
  int64_t candidates = 0;  // images, or distinct captions
  double skewness = 0, robin_hood = 0, never_found = 0;
  std::vector<Hub> hubs;  // the largest N_K first, at most kMaxHubs; those above the mean only
};
inline constexpr size_t kMaxHubs = 10;

// Computes everything except `hubs` from N_K. `queries` x `k` results were counted.
Hubness summarize_occurrences(std::span<const int64_t> occurrences, int64_t queries, int k);

// --- corrections --------------------------------------------------------------------------------

// Corrections of similarities s(q, c) of a text q and an image c. Each lowers the similarities of
// images that are similar to many texts: to the other texts of the experiment, or to those of a
// query bank. A correction that needs all texts of the experiment is transductive: a search that
// answers one query at a time cannot apply it, so its effect is an upper bound.
//   csls              2 s(q, c) - r(q) - r(c), where r is the mean similarity with the
//                     `neighbours` nearest vectors of the other modality. r(q) changes no ranking
//                     and is left out. Transductive.
//                     Source: Conneau et al.: Word Translation Without Parallel Data (2018)
//   csls_bank         the same with r(c) over the query bank
//   inverted_softmax  exp(beta s(q, c)) / sum over texts p of exp(beta s(p, c)). Transductive.
//                     Source: Smith et al.: Offline Bilingual Word Vectors (2017)
//   dual_softmax      s(q, c) times the inverted softmax. Transductive.
//                     Source: Cheng et al.: Improving Video-Text Retrieval by Multi-Stream Corpus
//                     Alignment and Dual Softmax Loss (2021)
//   qb_norm           inverted softmax over the query bank, but only for queries whose most similar
//                     image is the most similar one of a text of the bank; other queries keep
//                     their similarities (dynamic inverted softmax).
//                     Source: Bogolin et al.: Cross Modal Retrieval with Querybank Normalisation
//                     (2022)
enum class Correction { none, csls, csls_bank, inverted_softmax, dual_softmax, qb_norm };

// Returns all corrections except `none`, in the order of reports.
std::span<const Correction> all_corrections();
// "none", "csls", "csls-bank", "inverted-softmax", "dual-softmax", "qb-norm". The parser throws
// invalid_argument for another name, listing all.
std::string_view correction_name(Correction correction);
Correction parse_correction(std::string_view name);
bool is_transductive(Correction correction);  // needs all texts of the experiment
bool needs_bank(Correction correction);

struct CorrectionOptions {
  std::vector<Correction> kinds;  // empty: none
  int neighbours = 10;            // of csls and csls_bank
  double beta = 20;               // inverse temperature of the others; above 0
  // The query bank: distinct captions of this split of the data set, except those that a text of
  // the experiment equals. A random sample if there are more than max_captions.
  std::string bank_split = "train";
  int64_t max_captions = 5000;
  uint64_t seed = 1;
};

// The texts of a query bank.
struct QueryBank {
  std::string split;
  int64_t captions = 0;  // number of distinct captions that are used
  int64_t excluded = 0;  // captions of the split that are texts of the experiment
};

// A metric of a condition, and its change compared with the first condition.
struct ChangedMetric {
  double value = 0;
  double change = 0;  // value - value of the first condition
  // BCa and, of median ranks, percentiles, from the resamples of the experiment; those of changes
  // are paired. None if StatisticsOptions::resamples is 0.
  std::optional<Interval> interval, change_interval;
};

// Retrieval metrics (metrics.h, strict) of one condition.
struct ChangedRetrieval {
  ChangedMetric recall_at_1, recall_at_5, recall_at_10, mean_reciprocal_rank, median_rank;
};

struct CorrectionEffect {
  Correction correction = Correction::none;
  // Number of queries whose similarities were corrected: all, or fewer with qb_norm.
  int64_t corrected_queries = 0;
  ChangedRetrieval metrics;  // text -> image; changes: compared with Correction::none
};

// --- groups -------------------------------------------------------------------------------------

// A group with fewer images is too small for conclusions.
inline constexpr int64_t kSmallGroup = 20;

// The texts of rows with one value in a column: text -> image, strict, among all candidates.
struct GroupMetrics {
  std::string value;
  int64_t images = 0, queries = 0;
  ChangedMetric recall_at_1, recall_at_5, recall_at_10, median_rank;  // without changes
};

struct GroupTable {
  std::string column;
  std::vector<GroupMetrics> groups;  // small ones last, else the lowest recall at 10 first
};

// --- typographic attack -------------------------------------------------------------------------

// A word of another image's caption is drawn over each image. A model that reads it ranks the wrong
// caption above the image's own.
// Source: Goh et al.: Multimodal Neurons in Artificial Neural Networks (2021)
struct TypographicOptions {
  int64_t max_images = 1000;  // a random sample if the experiment has more images with captions
  uint64_t seed = 1;
};

// The conditions that are compared.
//   clean      the image
//   scrambled  the letters of the word in another order: the control, which hides as much of the
//              image without naming anything
//   attacked   the word
enum class TypographicCondition { clean, scrambled, attacked };
inline constexpr int kTypographicConditions = 3;
std::string_view typographic_name(TypographicCondition condition);  // "attacked"

// An image that is attacked.
struct TypographicExample {
  int64_t row = 0;         // index into ExperimentResult::rows
  std::string word;        // that is drawn
  std::string wrong;       // the caption that it is from
  std::string own;         // the most similar one of the image's captions
  double wrong_clean = 0;  // similarity of `wrong` with the image, and with the attacked image
  double wrong_attacked = 0;
  double own_clean = 0, own_attacked = 0;
};

struct TypographicResult {
  struct Condition {
    // Share of images whose wrong caption is at least as similar as the best of its own captions.
    ChangedMetric wrong_first;
    // Only the image itself is changed; the other candidates are clean.
    ChangedRetrieval text_to_image, image_to_text;
  };
  int64_t images = 0, captions = 0;               // that were probed
  int64_t encoded_images = 0, cached_images = 0;  // two per probed image
  double seconds = 0;                             // time to draw and encode them
  std::vector<Condition> conditions;              // in the order of TypographicCondition
  // Images on which the wrong caption wins only with the word, not clean or scrambled, the largest
  // gain first; at most kMaxTypographicExamples.
  std::vector<TypographicExample> examples;
};
inline constexpr size_t kMaxTypographicExamples = 8;

// --- all of it ----------------------------------------------------------------------------------

struct FailureOptions {
  int hub_k = 10;  // 0: no hubs
  CorrectionOptions corrections;
  // Columns whose values are groups. A column that the data set does not have is an error, except
  // "group", which is looked for if the list is empty.
  std::vector<std::string> group_columns;
  std::optional<TypographicOptions> typographic;
};

// The failure report of one model.
struct FailureReport {
  std::optional<Hubness> image_hubs;    // text -> image: images that are found too often
  std::optional<Hubness> caption_hubs;  // image -> text: captions that are found too often
  // The first element is Correction::none. Empty without corrections.
  std::vector<CorrectionEffect> corrections;
  std::vector<GroupTable> groups;
  std::optional<TypographicResult> typographic;
};

}  // namespace sightline
