// Every query against every candidate, block by block, without ever holding the whole product.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <functional>
#include <span>

namespace sightline {

// Dot product of f32 rows in double, components in order. Each product is exact in double, so a
// fused multiply-add gives the same bits as a multiply and an add.
double similarity(std::span<const float> a, std::span<const float> b);

// Calls visit(query, first_candidate, similarities) for parts that together cover, for every query,
// all candidates. Values equal similarity() bit for bit. One query's calls come from one thread, in
// the order of candidates; different queries may be visited at the same time.
// Throws invalid_argument where the dimensions differ.
using SimilarityVisitor =
    std::function<void(int64_t query, int64_t first_candidate, std::span<const double> values)>;
void for_each_similarity(const Matrix& queries, const Matrix& candidates,
                         const SimilarityVisitor& visit);

}  // namespace sightline
