// The files that describe a fine-tuning run.
#pragma once

#include <sightline/fine_tune.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "train/fine_tune/adapter.h"
#include "train/fine_tune/split_plan.h"

namespace sightline {

// All that the files say about a run.
struct FineTuneReport {
  const FineTuneOptions& options;
  const FineTuneResult& result;
  const SplitPlan& plan;
  std::string model_name, model_fingerprint, model_family, model_layout;  // of the start
  int64_t parameters = 0;                                                 // of the start
  std::string licence;                // of the start's README; empty: none found
  std::vector<AdapterTrial> adapter;  // with FineTuneMethod::adapter
};

// The settings as fine_tune.json has them.
Json settings_json(const FineTuneSettings& settings);

// fine_tune.json (docs/formats/fine_tune.md). Without times: equal runs give equal texts.
std::string fine_tune_json(const FineTuneReport& report);

// README.md, the model card.
std::string model_card(const FineTuneReport& report);

// The licence in the front matter of a model's README.md; empty if there is none.
std::string licence_of(const std::filesystem::path& model);

}  // namespace sightline
