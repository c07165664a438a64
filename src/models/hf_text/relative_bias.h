// The bias of attention by relative position, of T5 and of encoders after it.
// Source: Raffel et al. 2020, section 2.1; transformers modeling_t5.py,
// T5Attention._relative_position_bucket and compute_bias (bidirectional).
#pragma once

#include <cstdint>
#include <string>

#include "models/weight_builder.h"

namespace sightline {

// The bucket of key position minus query position: half of the buckets for each direction; of
// these half for the distances below buckets / 4, the rest growing logarithmically to
// max_distance and beyond. buckets / 4 is from 2 to max_distance - 1.
int64_t relative_bucket(int64_t distance, int64_t buckets, int64_t max_distance);

// The bias (1, H, T, T) of Ops::biased_attention from the table `name` (buckets, H). A constant of
// the backend, which is not trained. Distances up to 128 have buckets of their own. Throws
// limit_exceeded.
Tensor relative_bias(WeightBuilder& weights, const std::string& name, int64_t buckets,
                     int64_t heads, int64_t positions);

}  // namespace sightline
