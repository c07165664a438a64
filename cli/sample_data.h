// The commands that create sample data, below `sightline dataset`.
#pragma once

#include "command.h"

namespace sightline::cli {

// Adds them to the command `dataset`.
void add_sample_data(CLI::App& dataset, Action& action);

}  // namespace sightline::cli
