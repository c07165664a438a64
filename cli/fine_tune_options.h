// sightline train --from: options of fine-tuning.
#pragma once

#include <sightline/fine_tune.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sightline::cli {

struct FineTuneFlags {
  FineTuneOptions options;
  std::string from, method = "full", towers = "both", other;
  bool no_interpolation = false, no_augmentation = false;
  // Options that only some methods use.
  struct Limited {
    CLI::Option* option;
    std::vector<FineTuneMethod> methods;
  };
  std::vector<Limited> limited;

  bool given() const { return !from.empty(); }
  // The options with the flags applied. Throws invalid_argument: an unknown method, or an option
  // that the method does not use.
  FineTuneOptions complete() const;
};

// Adds --from and the options that need it. `excluded`: options that exclude it.
void add_fine_tune_options(CLI::App& command, FineTuneFlags& flags,
                           std::initializer_list<CLI::Option*> excluded);

// Limits an option to the methods that pass through the towers.
void limit_to_training(FineTuneFlags& flags, CLI::Option* option);

}  // namespace sightline::cli
