// Accuracy against K.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// Number of elements of DirectionMetrics::accuracy_at_k.
int64_t curve_length(int64_t candidates);

// DirectionMetrics::accuracy_at_k from the ranks of one direction. Ranks of 0 are not counted.
std::vector<double> accuracy_at_k(std::span<const int64_t> ranks, int64_t candidates);

}  // namespace sightline
