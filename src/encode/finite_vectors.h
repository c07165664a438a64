// Rejects vectors with NaN or infinity, which a tower computes if a sum overflows.
#pragma once

#include <sightline/matrix.h>
#include <sightline/model.h>

#include <functional>
#include <span>
#include <string>

namespace sightline {

// Returns the reason why a vector is not used, or "" if all its elements are finite. `what` is the
// input: "image 'a.jpg'".
std::string not_finite_reason(std::span<const float> vector, const std::string& what,
                              const ModelInfo& info, const Computation& computation);

// Throws invalid_data with the reason for the first vector that is not finite. name(i) returns the
// text that row i was computed from.
void require_finite_texts(const Matrix& vectors, const std::function<std::string(int64_t)>& name,
                          const ModelInfo& info, const Computation& computation);

}  // namespace sightline
