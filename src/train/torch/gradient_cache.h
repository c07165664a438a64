// Gradients of large batches in the memory of small ones.
// Source: Gao, Zhang, Han, Callan 2021, "Scaling Deep Contrastive Learning Batch Size under Memory
// Limited Setup" (GradCache).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <span>

namespace sightline {

// One tower's inputs of a batch. The vector of an input must not depend on the others.
struct ChunkedInputs {
  int64_t count = 0;
  std::function<at::Tensor(int64_t begin, int64_t end)> encode;  // -> (end - begin, D)
};

using VectorLoss = std::function<at::Tensor(std::span<const at::Tensor> vectors)>;

// Computes the loss of the vectors of all towers and adds its gradients to the parameters. Returns
// the loss; where it is not finite, no gradients. With chunk > 0, at most so many inputs of a tower
// have a graph at once: they are encoded without one for the loss, and again with one for their
// gradients. The result is that of the whole batch, up to rounding.
double add_gradients_in_chunks(std::span<const ChunkedInputs> towers, int64_t chunk,
                               const VectorLoss& loss);

}  // namespace sightline
