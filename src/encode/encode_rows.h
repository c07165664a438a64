// The pipeline for images: read, hash, look up, decode, encode, remember.
#pragma once

#include <sightline/encode.h>

#include <functional>
#include <optional>
#include <string>

#include "base/hash.h"
#include "encode/dual_encoder.h"

namespace sightline {

// Looks at a row that was read, before it is looked up or encoded; called in order, from the
// calling thread; it may move fields other than the image out of the row. `digest`: SHA-256 of the
// image, zeros where the row has an error. A returned reason becomes the row's error, and the row
// is not encoded.
using RowCheck = std::function<std::optional<std::string>(Row& row, const Digest& digest)>;

// encode_rows with any encoder. `stage` names the work in progress updates. options.normalize is
// not looked at: the encoder decides.
EncodeSummary encode_rows_with(RowReader& rows, DualEncoder& encoder, const EncodeOptions& options,
                               const std::string& stage, const RowSink& sink,
                               const RowCheck& check = {});

}  // namespace sightline
