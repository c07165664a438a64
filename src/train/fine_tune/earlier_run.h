// The run that an output folder of fine-tuning has from before.
#pragma once

#include <sightline/fine_tune.h>

#include <filesystem>
#include <string>

namespace sightline {

// The inputs that decide the weights of a run.
struct RunInputs {
  FineTuneMethod method = FineTuneMethod::full;
  std::string recipe;    // fine_tune_recipe.json; empty with FineTuneMethod::adapter
  std::string splits;    // splits.jsonl
  std::string settings;  // adapter_run_settings(); empty with other methods
};

// The settings of fine_tune.json that decide an adapter, and the start's fingerprint, as JSON.
std::string adapter_run_settings(const FineTuneOptions& options, const std::string& fingerprint);

// Whether `out` has the result of a run, or a checkpoint.
bool has_earlier_run(const std::filesystem::path& out);

// Throws invalid_argument if the run in `out` had other inputs; the message names one of them.
// Changes no file.
void require_same_inputs(const std::filesystem::path& out, const RunInputs& now);

// Removes what an earlier run wrote and a run with `method` does not replace. The folder of
// training is left to train(), which locks it, unless the method has none.
void remove_earlier_run(const std::filesystem::path& out, FineTuneMethod method);

}  // namespace sightline
