// sightline merge.
#pragma once

#include "command.h"

namespace sightline::cli {

void add_merge(CLI::App& app, Action& action);

}  // namespace sightline::cli
