#include "report/definitions.h"

#include "report/text.h"

namespace sightline {
namespace {

std::string interval_definition(const ExperimentResult& result) {
  const StatisticsOptions& s = result.statistics;
  if (s.resamples == 0) return "No intervals were computed.";
  return percent_text(s.confidence) + " confidence interval from " + std::to_string(s.resamples) +
         " bootstrap resamples (seed " + std::to_string(s.seed) + ") of the " +
         std::to_string(result.clusters) +
         " images that have a caption, each drawn with all its captions. The method is BCa; the "
         "median rank uses percentiles. Candidates are not resampled. The images of a split are "
         "resampled within the split. An interval of zero width means that all resamples agree, "
         "not that the value is certain.";
}

std::string test_definition(const ExperimentResult& result) {
  const StatisticsOptions& s = result.statistics;
  if (s.permutations == 0) return "No tests were made.";
  return "Two-sided paired permutation test that flips the sign of the difference between two "
         "models for random images. If there are at most " +
         std::to_string(s.permutations) + " sign assignments, all are enumerated (exact); " +
         "otherwise " + std::to_string(s.permutations) + " random ones are drawn (seed " +
         std::to_string(s.seed) +
         "). The corrected p is Holm's, over all pairs of models within one direction, one "
         "definition of relevant and one metric. The interval of a difference is from the paired "
         "bootstrap.";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> metric_definitions(
    const ExperimentResult& result) {
  const std::string k = std::to_string(result.top_k);
  return {
      {"similarity",
       "Cosine similarity: the dot product of the two unit vectors, without the model's learned "
       "scale."},
      {"rank",
       "1 + the number of non-relevant candidates whose similarity is at least that of the "
       "relevant "
       "one. Ties count against the model, and so do NaN similarities."},
      {"score", "The number of queries whose rank is at most " + k + "."},
      {"accuracy", "Score divided by the number of queries."},
      {"weighted score", k + " points for rank 1, one less for each further rank, 1 for rank " + k +
                             ", summed over the queries."},
      {"R@1, R@5, R@10", "Recall: the share of queries whose rank is at most 1, 5, 10."},
      {"MRR", "Mean reciprocal rank: the mean of 1 / rank."},
      {"nDCG@10",
       "Normalized discounted cumulative gain of the first ten positions: gain 1 for a relevant "
       "candidate, discount 1 / log2(position + 1), divided by the value of an ideal ranking; the "
       "mean over the queries."},
      {"MAP",
       "Mean average precision: the precision at the position of each relevant candidate, averaged "
       "over all relevant candidates of the query, then over the queries. With one relevant "
       "candidate per query it equals the MRR."},
      {"strict, caption-equivalent",
       "Two definitions of relevant, see below. Metrics are strict unless stated otherwise."},
      {"text → image",
       "Every caption is a query among all images; relevant is the image of its own row."},
      {"image → text",
       "Every image with a caption is a query among all captions; its best own caption is ranked, "
       "and its other captions do not count as non-relevant."},
      {"caption-equivalent",
       "Every image that has a caption with the same text is relevant too, and so is every caption "
       "with the same text. A caption cannot distinguish between rows that share it."},
      {"interval", interval_definition(result)},
      {"p", test_definition(result)},
      {"best",
       "A model is called best in a metric only if it is significantly better than every other "
       "model (corrected p below " +
           decimal(kSignificanceLevel, 2) +
           "). Otherwise the models are marked that are not distinguished from the best value, if "
           "any other model is significantly worse."},
  };
}

}  // namespace sightline
