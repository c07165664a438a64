// Ranks under corrected similarities.
#pragma once

#include <sightline/failures.h>
#include <sightline/matrix.h>
#include <sightline/progress.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

struct CorrectionInput {
  const Matrix& texts;                  // (M, D), the queries
  const Matrix& images;                 // (N, D), the candidates
  std::span<const int64_t> text_image;  // M: each text's own image
  const Matrix& bank;                   // (B, D), the query bank; not empty if one is needed
};

struct CorrectedRanks {
  std::vector<int64_t> rank;  // M, text -> image, strict; ties count against the text
  int64_t corrected_queries = 0;
};

// Returns the rank of each text's own image under one correction. Throws invalid_argument (options,
// an empty bank).
CorrectedRanks corrected_ranks(const CorrectionInput& input, Correction correction,
                               const CorrectionOptions& options);

// Throws invalid_argument if a value is out of range or a correction is repeated.
void check_corrections(const CorrectionOptions& options);

// Measures all corrections, the uncorrected ranks first. `stage` is part of the stages of progress.
std::vector<CorrectionEffect> measure_corrections(const CorrectionInput& input,
                                                  std::span<const int64_t> uncorrected_ranks,
                                                  const CorrectionOptions& options,
                                                  const StatisticsOptions& statistics,
                                                  const ProgressFn& progress,
                                                  const std::string& stage);

}  // namespace sightline
