// Tables of an experiment's results.
#pragma once

#include <sightline/experiment.h>

namespace sightline::cli {

// Prints both directions: a row for each model, followed by its intervals, its caption-equivalent
// figures where captions repeat, and its splits.
void print_results(const ExperimentResult& result);

// Paired tests of the score's accuracy and of MRR, strict. Nothing for one model.
void print_comparisons(const ExperimentResult& result);

}  // namespace sightline::cli
