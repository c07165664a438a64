// Reads images again, draws words on them and encodes them.
#pragma once

#include <sightline/experiment.h>

#include <functional>
#include <string>
#include <vector>

#include "encode/dual_encoder.h"
#include "eval/failures/attack_plan.h"

namespace sightline {

struct AttackedVectors {
  Matrix scrambled, attacked;  // (attacks, D)
  std::vector<bool> encoded;   // per attack: both images could be encoded
  EncodeCounts counts;         // of images; seconds of drawing and encoding
  std::vector<std::string> warnings;
};

// Returns the image file with the word drawn on it, as PNG, in the orientation in which models see
// it. Throws the errors of decode_raster.
std::vector<uint8_t> attacked_image(std::span<const uint8_t> file, const std::string& name,
                                    const std::string& word, OrientationProfile orientation);

// Encodes the images of `attacks`, whose rows are numbered as the data set is read. Throws what
// reading the data set throws.
AttackedVectors encode_attacked(const EvaluationInput& input, std::span<const Attack> attacks,
                                DualEncoder& encoder);

}  // namespace sightline
