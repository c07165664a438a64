// Batches with rows that are hard to tell apart.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// Reorders the samples of an epoch so that `hard` of each `batch` consecutive ones are those most
// similar to the batch's others: for each of these in turn, the unused sample whose image is most
// similar to its text. All samples remain, each once; the last, incomplete batch has the rest.
//   images, texts (N, D): unit vectors of the samples' rows, in the order of `samples`; f32, CPU
std::vector<int64_t> with_hard_negatives(std::span<const int64_t> samples, int64_t batch,
                                         int64_t hard, const at::Tensor& images,
                                         const at::Tensor& texts);

}  // namespace sightline
