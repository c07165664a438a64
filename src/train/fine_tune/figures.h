// The figures that fine-tuning compares: recall and the mean reciprocal rank in both directions.
#pragma once

#include <sightline/fine_tune.h>
#include <sightline/metrics.h>
#include <sightline/progress.h>
#include <sightline/statistics.h>

#include <compare>
#include <cstddef>
#include <string>
#include <vector>

#include "eval/bootstrap.h"

namespace sightline {

// The figures of a ranking, in the order of fine_tune_figures(): sums over the queries of each
// image, and their number.
using FigureSums = std::vector<RatioStatistic>;
FigureSums figure_sums(const RetrievalSet& set, const RetrievalRanks& ranks);

// The index in fine_tune_figures(); "R@1" means "text-to-image R@1". Throws invalid_argument.
size_t figure_index(const std::string& name);

double mean_of(const RatioStatistic& figure);

// Values that choose between models on the validation split: the mean reciprocal rank of the main
// figure's direction, because recall of a few hundred queries has many ties and more noise, then
// the main figure.
struct ChoiceValue {
  double mrr = 0, main = 0;
  auto operator<=>(const ChoiceValue&) const = default;
};
ChoiceValue choice_value(const RetrievalSet& set, const std::string& metric);
// The same, and the mean reciprocal rank by image.
struct ChoiceFigures {
  ChoiceValue value;
  RatioStatistic mrr;
};
ChoiceFigures choice_figures(const RetrievalSet& set, const std::string& metric);

// Whether the mean of `other` is at most one standard error below that of `best`: of the paired
// differences by image.
bool is_within_standard_error(const RatioStatistic& other, const RatioStatistic& best);

// Compares two models on the same queries: BCa intervals of paired bootstrap resamples, and sign
// flips, over images with all their captions (docs/decisions/0019). The figure `metric` comes
// first.
std::vector<PairedFigure> compare_figures(const FigureSums& before, const FigureSums& after,
                                          const std::string& metric,
                                          const StatisticsOptions& options,
                                          const ProgressFn& progress);

}  // namespace sightline
