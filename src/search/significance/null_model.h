// The content of a NullModel.
#pragma once

#include <sightline/significance.h>

#include <vector>

#include "search/significance/null_distribution.h"

namespace sightline {

struct NullModel::Impl {
  int64_t dim = 0;
  NullDistribution distribution;
  std::vector<float> mean;        // (D) of the sample
  std::vector<float> covariance;  // (D, D) of the sample
};

}  // namespace sightline
