// run_classification with any source of encoders, which lets tests run it without a model.
#pragma once

#include <sightline/classification.h>

#include "eval/experiment.h"

namespace sightline {

ClassificationResult run_classification_with(const ClassificationOptions& options,
                                             const EncoderLoader& load);

}  // namespace sightline
