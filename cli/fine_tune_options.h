// sightline train --from: options of fine-tuning.
#pragma once

#include <sightline/fine_tune.h>

#include <CLI/CLI.hpp>
#include <string>

namespace sightline::cli {

struct FineTuneFlags {
  FineTuneOptions options;
  std::string from, method = "full", towers = "both", other;
  bool no_interpolation = false, no_augmentation = false;

  bool given() const { return !from.empty(); }
  // The options with the flags applied. Throws invalid_argument.
  FineTuneOptions complete() const;
};

// Adds --from and the options that need it. `excluded`: options that exclude it.
void add_fine_tune_options(CLI::App& command, FineTuneFlags& flags,
                           std::initializer_list<CLI::Option*> excluded);

}  // namespace sightline::cli
