// The vectors of an experiment's data set, which must be the same for every model.
#pragma once

#include <sightline/encode.h>
#include <sightline/experiment.h>

#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "encode/dual_encoder.h"
#include "eval/columns.h"

namespace sightline {

// A row as it was read for the first model. `error`: the first reason to skip it, of any model.
struct SeenRow {
  ExperimentRow row;  // without `fields`
  Fields extra;       // Row::extra
  Digest digest{};
  std::optional<std::string> error;
  bool repeats = false;  // repeats an earlier row, which has its captions
};

// Vectors of all rows, (rows, D), in order; zero for rows with an error and rows that repeat an
// image. Fills an empty `seen` (the first model). Otherwise the rows must be those of `seen`, and
// only those without an error are encoded. Adds to `counts` and `warnings`.
// Throws invalid_data where the data set changed between two models.
Matrix collect_images(RowReader& rows, const EncodeOptions& options, CaptionChoice captions,
                      DualEncoder& encoder, std::vector<SeenRow>& seen, EncodeCounts& counts,
                      std::vector<std::string>& warnings);

// Vectors of texts, in order. `what` names them in progress and warnings.
Matrix collect_texts(const std::vector<std::string>& texts, const EncodeOptions& options,
                     DualEncoder& encoder, EncodeCounts& counts, std::vector<std::string>& warnings,
                     const std::string& what = "captions");

}  // namespace sightline
