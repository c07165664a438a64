#include "eval/failures/hubness.h"

#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "eval/gather_rows.h"

namespace sightline {
namespace {

// Counts how often each row of `candidates` is among the first k results of a query.
std::vector<int64_t> count_occurrences(const Matrix& queries, const Matrix& candidates, int k,
                                       const char* what) {
  std::vector<int64_t> occurrences(static_cast<size_t>(candidates.rows));
  if (queries.rows == 0 || candidates.rows == 0) return occurrences;
  for (const auto& hits : VectorIndex::view(candidates, what).search(queries, {.k = k})) {
    for (const Hit& hit : hits) ++occurrences[static_cast<size_t>(hit.index)];
  }
  return occurrences;
}

// The candidates above the mean, the largest count first; equal counts in order of the index.
// number[i]: Hub::candidate of candidate i.
std::vector<Hub> largest(std::span<const int64_t> occurrences, double mean,
                         std::span<const int64_t> number) {
  std::vector<Hub> hubs;
  for (size_t i = 0; i < occurrences.size(); ++i) {
    if (static_cast<double>(occurrences[i]) > mean) hubs.push_back({number[i], occurrences[i]});
  }
  std::ranges::stable_sort(hubs, std::ranges::greater(), &Hub::count);
  if (hubs.size() > kMaxHubs) hubs.resize(kMaxHubs);
  return hubs;
}

Hubness measure(const Matrix& queries, const Matrix& candidates, std::span<const int64_t> number,
                int k, const char* what) {
  if (k < 1) throw Error(ErrorCode::invalid_argument, "K of hubs must be at least 1, found ", k);
  const int reached = static_cast<int>(std::min<int64_t>(k, candidates.rows));
  const std::vector<int64_t> occurrences = count_occurrences(queries, candidates, k, what);
  Hubness out = summarize_occurrences(occurrences, queries.rows, reached);
  const double mean = static_cast<double>(queries.rows) * reached /
                      static_cast<double>(std::max<int64_t>(1, candidates.rows));
  out.hubs = largest(occurrences, mean, number);
  return out;
}

}  // namespace

Hubness summarize_occurrences(std::span<const int64_t> occurrences, int64_t queries, int k) {
  Hubness out;
  out.k = k;
  out.queries = queries;
  out.candidates = static_cast<int64_t>(occurrences.size());
  if (occurrences.empty()) return out;
  const auto n = static_cast<double>(occurrences.size());
  double total = 0, squares = 0, cubes = 0, distance = 0;
  for (const int64_t count : occurrences) total += static_cast<double>(count);
  for (const int64_t count : occurrences) {
    const double d = static_cast<double>(count) - total / n;
    squares += d * d;
    cubes += d * d * d;
    distance += std::abs(d);
    out.never_found += count == 0;
  }
  out.never_found /= n;
  if (squares > 0) out.skewness = cubes / n / std::pow(squares / n, 1.5);
  if (total > 0) out.robin_hood = distance / (2 * total);
  return out;
}

Hubness image_hubness(const RetrievalSet& set, int k) {
  std::vector<int64_t> number(static_cast<size_t>(set.images.rows));
  for (size_t i = 0; i < number.size(); ++i) number[i] = static_cast<int64_t>(i);
  return measure(set.texts, set.images, number, k, "the vectors of the images");
}

Hubness caption_hubness(const RetrievalSet& set, int k) {
  std::map<int64_t, int64_t> first;  // by identity: the first text with it
  std::vector<bool> has_text(static_cast<size_t>(set.images.rows));
  for (size_t t = 0; t < set.text_image.size(); ++t) {
    const auto text = static_cast<int64_t>(t);
    first.try_emplace(set.text_identity.empty() ? text : set.text_identity[t], text);
    has_text[static_cast<size_t>(set.text_image[t])] = true;
  }
  std::vector<int64_t> captions, images;
  for (const auto& [identity, text] : first) captions.push_back(text);
  std::ranges::sort(captions);
  for (int64_t i = 0; i < set.images.rows; ++i)
    if (has_text[static_cast<size_t>(i)]) images.push_back(i);
  return measure(gather_rows(set.images, images), gather_rows(set.texts, captions), captions, k,
                 "the vectors of the captions");
}

}  // namespace sightline
