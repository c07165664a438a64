#include "train/torch/gradient_cache.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sightline {
namespace {

at::Tensor encode_without_graph(const ChunkedInputs& inputs, int64_t chunk) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < inputs.count; begin += chunk)
    parts.push_back(inputs.encode(begin, std::min(inputs.count, begin + chunk)));
  return at::cat(parts);
}

}  // namespace

double add_gradients_in_chunks(std::span<const ChunkedInputs> towers, int64_t chunk,
                               const VectorLoss& loss) {
  const bool whole = chunk <= 0 || std::ranges::all_of(towers, [&](const ChunkedInputs& inputs) {
                       return inputs.count <= chunk;
                     });
  std::vector<at::Tensor> vectors;
  for (const ChunkedInputs& inputs : towers) {
    vectors.push_back(whole ? inputs.encode(0, inputs.count)
                            : encode_without_graph(inputs, chunk).set_requires_grad(true));
  }
  const at::Tensor total = loss(vectors);
  const auto value = total.item<double>();
  if (!std::isfinite(value)) return value;
  total.backward();
  if (whole) return value;
  for (size_t t = 0; t < towers.size(); ++t) {
    for (int64_t begin = 0; begin < towers[t].count; begin += chunk) {
      const int64_t end = std::min(towers[t].count, begin + chunk);
      const at::Tensor again = towers[t].encode(begin, end);
      if (!again.requires_grad()) break;  // a tower that is not trained
      again.backward(vectors[t].grad().slice(0, begin, end));
    }
  }
  return value;
}

}  // namespace sightline
