// Metrics of a random ranking, for comparison.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>

namespace sightline {

// Returns the expected recall at rank k if all candidates are ranked at random, for a strict view.
// text -> image: k / images. image -> text: the best of an image's own captions is ranked, so an
// image with more captions is found more often. 0 without queries. Throws invalid_argument for a
// caption-equivalent view.
double chance_recall(const ExperimentResult& result, View view, int64_t k);

}  // namespace sightline
