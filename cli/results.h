// The tables of an experiment on the terminal.
#pragma once

#include <sightline/experiment.h>

namespace sightline::cli {

// Both directions: a line a model, below it its intervals, its caption-equivalent figures where
// captions repeat, and its splits.
void print_results(const ExperimentResult& result);

// Paired tests of the score's accuracy and of MRR, strict. Nothing for one model.
void print_comparisons(const ExperimentResult& result);

}  // namespace sightline::cli
