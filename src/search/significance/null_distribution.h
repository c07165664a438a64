// The distribution of scores of queries with images that they are not about.
//
// A score is a similarity on a scale that is common to all queries: (s - mean) / sqrt(spread *
// scale), with mean and spread of the query's similarities and the mean spread of all background
// texts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

struct SimilarityMoments;

// Mean and standard deviation, summed in double.
SimilarityMoments moments_of(std::span<const float> similarities);

// An exponential tail: exceedances of `from` have the mean `mean`; `share` is the value at `from`.
// If all exceedances are 0, nothing is known about higher scores but that none of n texts has one.
struct ExponentialTail {
  double from = 0, share = 0, mean = 0;
  double at(double score, int64_t n) const;  // for score > from
};

struct NullDistribution {
  int64_t texts = 0, rows = 0;
  double scale = 0;            // mean spread; 0: nothing could be estimated
  std::vector<double> maxima;  // (texts) best score of each text, ascending
  // Some of all scores, descending, each with the number of scores at least as high as it.
  std::vector<double> scores, counts;
  ExponentialTail best_tail, score_tail;

  bool usable() const { return scale > 0; }
  double score(const SimilarityMoments& moments, double similarity) const;
  // The expected number of images, of `searched`, whose score is at least this.
  double expected(double score, int64_t searched) const;
  // The probability that the best score of `searched` images is at least this.
  double best_p(double score, int64_t searched) const;
};

// Estimates the distribution from the similarities (texts, rows) of background texts with images.
// An image whose best score, over texts, exceeds its second best by more than 1 is about that text;
// its score with that text is left out. Overwrites `similarities`.
NullDistribution estimate_null_distribution(std::span<float> similarities, int64_t texts,
                                            int64_t rows);

}  // namespace sightline
