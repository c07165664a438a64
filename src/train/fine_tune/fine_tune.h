// Fine-tuning on parts that the caller has chosen.
#pragma once

#include <sightline/fine_tune.h>
#include <sightline/metrics.h>

#include <functional>

#include "train/fine_tune/split_plan.h"

namespace sightline {

struct GivenParts {
  SplitPlan plan;  // with images for training and validation
  // Returns the vectors of a part by the start, as encode_part does.
  std::function<RetrievalSet(SplitPart)> start_vectors;
};

// Writes the model into options.out as fine_tune() does, with splits.jsonl and training/, but
// compares nothing on a test part: the result has no figures, and there is no README.md and no
// fine_tune.json. With a prompt, the folder has the start too. Of the options, the splits, the
// shares, `max_pairs` and the other data set are not used. Throws what fine_tune() throws.
FineTuneResult fine_tune_parts(const FineTuneOptions& options, const GivenParts& parts,
                               const ProgressFn& progress);

// The model that is loaded to use the result of fine_tune_parts() in `out`, where `name` names that
// folder: "NAME", or "NAME+NAME/adapter" with a learned prompt.
std::filesystem::path tuned_model(const std::filesystem::path& out,
                                  const std::filesystem::path& name);

}  // namespace sightline
