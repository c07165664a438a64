// Measures how images with words on them are found.
#pragma once

#include <sightline/failures.h>
#include <sightline/metrics.h>
#include <sightline/progress.h>

#include <span>
#include <string>
#include <vector>

#include "eval/failures/attacked_images.h"

namespace sightline {

struct TypographicInput {
  const RetrievalSet& set;
  const RetrievalRanks& ranks;      // of the clean images
  std::span<const Attack> attacks;  // `row`: index of the image in `set`
  const AttackedVectors& vectors;   // of these attacks
  const Matrix& captions;           // the vectors of Attack::wrong
};

// Measures the attacks that could be encoded. `own_text` of an example is the text's index, which
// the caller turns into its caption. `stage` is part of the stages of progress.
struct MeasuredAttacks {
  TypographicResult result;
  std::vector<size_t> attack;     // per example: index into `attacks`
  std::vector<int64_t> own_text;  // per example: the most similar own text of the clean image
};
MeasuredAttacks measure_attacks(const TypographicInput& input, const StatisticsOptions& statistics,
                                const ProgressFn& progress, const std::string& stage);

}  // namespace sightline
