// A correction of text vectors: t becomes t + sum of (inputs_r . (t - centre)) outputs_r, scaled to
// unit length.
#pragma once

#include <sightline/matrix.h>

#include <span>
#include <string>
#include <vector>

namespace sightline::feedback {

struct CorrectionMap {
  std::vector<float> centre;  // (D)
  Matrix inputs, outputs;     // (R, D), R <= D

  // The corrected vector of a text (D), not scaled.
  std::vector<double> corrected(std::span<const float> text) const;
  // Replaces a text's vector; leaves it if the result has no direction.
  void apply(std::span<float> text) const;
};

// Returns the map with R <= D: a sum of more terms is a full matrix.
CorrectionMap with_low_rank(CorrectionMap map);

// Returns why the map's numbers cannot be used; "" if they can.
std::string map_problem(const CorrectionMap& map);

}  // namespace sightline::feedback
