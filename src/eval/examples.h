// Selects example captions for reports: the best, median and worst queries of a model.
#pragma once

#include <sightline/experiment.h>

#include <vector>

namespace sightline {

// Returns up to three examples of each kind: best, then median, then worst.
//   k   number of hits per example
// Captions are sorted by strict rank, then by descending similarity with their own image (NaN
// last), then by data set order. "Best" starts at the beginning of this order, "worst" at its end,
// "median" in its middle and moves outwards. The kinds select one example each in turn; no image
// and no text is used twice.
std::vector<ExampleRow> example_rows(const RetrievalSet& set, const RetrievalRanks& ranks, int k);

}  // namespace sightline
