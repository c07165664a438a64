// Which captions to show: what a model finds easily, what it finds so-so, and what it fails on.
#pragma once

#include <sightline/experiment.h>

#include <vector>

namespace sightline {

// Captions are put in the order of their strict rank, equal ranks by falling similarity of the own
// pair (NaN last), then as in the data set. Best are taken from its beginning, worst from its end
// (the very last first), median from its middle outwards: one of each in turn, up to three, each of
// another image and another text than all before. `k`: how many hits each brings. The result is
// best, median, worst.
std::vector<ExampleRow> example_rows(const RetrievalSet& set, const RetrievalRanks& ranks, int k);

}  // namespace sightline
