// Learns a correction of text vectors from judged queries, and tests it on held-out ones
// (docs/decisions/0058-feedback.md).
#pragma once

#include <sightline/feedback.h>
#include <sightline/index.h>

#include "feedback/correction_map.h"
#include "feedback/judged_queries.h"

namespace sightline::feedback {

struct LearnedMap {
  CorrectionFigures figures;
  CorrectionMap map;  // empty if it was refused
};

// background: vectors of texts that were not judged, by the same model; their mean is the point
// that does not move. collection: for CorrectionFigures::overlap.
LearnedMap learn_map(const JudgedQueries& queries, const Matrix& background,
                     const VectorIndex& collection, const LearningOptions& options);

}  // namespace sightline::feedback
