// Similarities of all queries with all candidates, in blocks instead of one large matrix.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <functional>
#include <span>

namespace sightline {

// Dot product of f32 vectors, summed in double in element order. Each product is exact in double,
// so a fused multiply-add produces the same bits as a multiplication and an addition.
double similarity(std::span<const float> a, std::span<const float> b);

// Calls visit(query, first_candidate, values) for consecutive blocks of candidates until every
// query has seen all candidates. Values equal similarity() bit for bit. Calls for one query do not
// overlap and are in candidate order; calls for different queries may run concurrently. Throws
// invalid_argument if the dimensions differ.
using SimilarityVisitor =
    std::function<void(int64_t query, int64_t first_candidate, std::span<const double> values)>;
void for_each_similarity(const Matrix& queries, const Matrix& candidates,
                         const SimilarityVisitor& visit);

}  // namespace sightline
