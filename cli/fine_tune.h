// sightline train --from: runs fine-tuning and prints its result.
#pragma once

#include <sightline/fine_tune.h>

#include <string>

namespace sightline::cli {

// Runs fine-tuning, draws its charts and prints the result. `pull`: as --pull. Returns the exit
// code.
int fine_tune_and_print(FineTuneOptions options, const std::string& other_dataset, bool pull,
                        bool json);

}  // namespace sightline::cli
