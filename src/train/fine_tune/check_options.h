// The ranges of the settings of fine-tuning.
#pragma once

#include <sightline/fine_tune.h>

namespace sightline {

// Throws invalid_argument: a setting is out of its range, or another one that it needs is missing.
// The message names it, its range and its value.
void check_fine_tune_options(const FineTuneOptions& options);

}  // namespace sightline
