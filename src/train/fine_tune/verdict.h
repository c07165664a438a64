// The texts that say what fine-tuning has reached.
#pragma once

#include <sightline/fine_tune.h>

#include <string>
#include <vector>

#include "train/fine_tune/split_plan.h"

namespace sightline {

// "4.0 %", or "0.123" for a mean reciprocal rank.
std::string figure_text(const PairedFigure& figure, double value);
std::string difference_text(const PairedFigure& figure);  // "+0.4 points", "+0.012"
std::string interval_text(const PairedFigure& figure);    // "-0.4 … +1.2 points"

// "10 epochs, 60 steps"; only the steps where training has no epochs.
std::string training_text(const FineTuneResult& result);

// One sentence: whether the main figure, the first of `result.test`, is better, and its values.
std::string verdict_text(const FineTuneResult& result, FineTuneMethod method);

// Sentences, without a full stop, on parts whose figures say little.
std::vector<std::string> part_warnings(const SplitPlan& plan);

}  // namespace sightline
