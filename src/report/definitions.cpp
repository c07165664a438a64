#include "report/definitions.h"

#include "report/text.h"

namespace sightline {
namespace {

std::string per_cent(double share) {
  std::string text = decimal(100 * share, 3);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text + " %";
}

std::string interval_definition(const ExperimentResult& result) {
  const StatisticsOptions& s = result.statistics;
  if (s.resamples == 0) return "None were computed.";
  return per_cent(s.confidence) + " of confidence, from " + std::to_string(s.resamples) +
         " bootstrap resamples (seed " + std::to_string(s.seed) + ") of the " +
         std::to_string(result.clusters) +
         " images that have a caption, each drawn with all its captions: BCa, and for the median "
         "rank the "
         "plain percentiles. The candidates stay the same. A split's images are drawn among "
         "themselves. An "
         "interval of no width says that all resamples agree, not that the figure is certain.";
}

std::string test_definition(const ExperimentResult& result) {
  const StatisticsOptions& s = result.statistics;
  if (s.permutations == 0) return "No tests were made.";
  return "Two-sided paired permutation test: for each image the difference of the two models "
         "keeps or changes "
         "its sign. All assignments where they are at most " +
         std::to_string(s.permutations) + " (exact), else " + std::to_string(s.permutations) +
         " random ones (seed " + std::to_string(s.seed) +
         "). The corrected p is Holm's over all pairs of models within one direction, one "
         "definition of right and "
         "one figure. The interval of a difference is the paired bootstrap's.";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> metric_definitions(
    const ExperimentResult& result) {
  const std::string k = std::to_string(result.top_k);
  return {
      {"similarity",
       "Cosine: the dot product of the two unit vectors, without the model's learned scale."},
      {"rank",
       "1 + the number of wrong candidates whose similarity is not below that of the right one. "
       "Ties count against the model, and so does anything that is not a number."},
      {"score", "The number of queries whose rank is at most " + k + "."},
      {"accuracy", "Score divided by the number of queries."},
      {"weighted score", k + " points for rank 1, one less for each further rank, 1 for rank " + k +
                             ", added up over the queries."},
      {"R@1, R@5, R@10", "Recall: the share of queries whose rank is at most 1, 5, 10."},
      {"MRR", "Mean reciprocal rank: the mean of 1 / rank."},
      {"nDCG@10",
       "Normalised discounted cumulative gain of the first ten: gain 1 for a right candidate, "
       "discount "
       "1 / log2(position + 1), divided by that of the best possible order; the mean over the "
       "queries."},
      {"MAP",
       "Mean average precision: at each right candidate the share of right ones so far, averaged "
       "over all right "
       "ones of the query, then over the queries. With one right candidate it is the MRR."},
      {"strict, caption-equivalent",
       "Two definitions of right, see below. Figures without a name are strict."},
      {"text → image",
       "Every caption is a query among all images; right is the image of its own row."},
      {"image → text",
       "Every image with a caption is a query among all captions; its best own caption is "
       "ranked, and its other captions do not count as wrong."},
      {"caption-equivalent",
       "Every image that has a caption of the very same text counts as right too, and likewise "
       "every caption of the same text. Rows that share a caption cannot be told apart by it."},
      {"interval", interval_definition(result)},
      {"p", test_definition(result)},
  };
}

}  // namespace sightline
