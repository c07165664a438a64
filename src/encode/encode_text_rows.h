// The pipeline for texts: tokenize, look up, encode, remember.
#pragma once

#include <sightline/encode.h>

#include <span>
#include <string>

#include "encode/dual_encoder.h"

namespace sightline {

// encode_text_rows with any encoder. `stage` names the work in progress updates. options.normalize
// is not looked at: the encoder decides.
EncodedTextRows encode_text_rows_with(std::span<const std::string> texts, DualEncoder& encoder,
                                      const EncodeOptions& options, const std::string& stage);

}  // namespace sightline
