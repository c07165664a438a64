// Metrics of a random ranking, for comparison.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// Returns the expected recall at rank k if all candidates are ranked at random, for a strict view.
// text -> image: k / images. image -> text: the best of an image's own captions is ranked, so an
// image with more captions is found more often. 0 without queries. Throws invalid_argument for a
// caption-equivalent view.
double chance_recall(const ExperimentResult& result, View view, int64_t k);

// Returns the expected value of each Metric, in enum order, if the candidates of every query are in
// random order; the median rank is the median of all queries' ranks.
//   relevant     relevant candidates of each query, at least 1
//   candidates   candidates of each query, at least as many as are relevant
// Definitions as in sightline/metrics.h.
std::vector<double> chance_level(std::span<const int64_t> relevant, int64_t candidates, int top_k);

// The chance level of a direction under the strict definition of relevant. `view` is text_to_image
// or image_to_text.
std::vector<double> chance_level(const ExperimentResult& result, View view);

}  // namespace sightline
