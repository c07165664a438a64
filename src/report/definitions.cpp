#include "report/definitions.h"

namespace sightline {

std::vector<std::pair<std::string, std::string>> metric_definitions(int top_k) {
  const std::string k = std::to_string(top_k);
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
      {"text → picture",
       "Every caption is a query among all pictures; right is the picture of its own row."},
      {"picture → text",
       "Every picture with a caption is a query among all captions; its best own caption is "
       "ranked, and its other captions do not count as wrong."},
      {"caption-equivalent",
       "Every picture that has a caption of the very same text counts as right too, and likewise "
       "every caption of the same text. Rows that share a caption cannot be told apart by it."},
  };
}

}  // namespace sightline
