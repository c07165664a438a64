// Synthetic embeddings to measure search with.
#pragma once

#include <cstdint>
#include <vector>

namespace sightline {

// Unit vectors (rows, dim) distributed as image embeddings are: around `clusters` centres, which
// themselves surround a common direction. The same on every machine for the same arguments.
std::vector<float> synthetic_vectors(int64_t rows, int64_t dim, uint64_t seed,
                                     int64_t clusters = 1000);

}  // namespace sightline
