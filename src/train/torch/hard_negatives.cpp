#include "train/torch/hard_negatives.h"

#include <algorithm>

namespace sightline {

std::vector<int64_t> with_hard_negatives(std::span<const int64_t> samples, int64_t batch,
                                         int64_t hard, const at::Tensor& images,
                                         const at::Tensor& texts) {
  const auto count = static_cast<int64_t>(samples.size());
  std::vector<bool> used(samples.size());
  std::vector<int64_t> result;
  int64_t next = 0;  // samples before it are used
  const auto take = [&](int64_t index) {
    used[static_cast<size_t>(index)] = true;
    result.push_back(samples[static_cast<size_t>(index)]);
  };
  while (static_cast<int64_t>(result.size()) + batch <= count) {
    std::vector<int64_t> others;
    for (; static_cast<int64_t>(others.size()) < batch - hard; ++next) {
      if (used[static_cast<size_t>(next)]) continue;
      others.push_back(next);
      take(next);
    }
    const at::Tensor similar =
        at::matmul(texts.index_select(0, at::tensor(others, at::kLong)), images.t()).contiguous();
    for (int64_t found = 0; found < hard; ++found) {
      const float* row = similar.data_ptr<float>() + found % (batch - hard) * count;
      int64_t best = -1;
      for (int64_t i = next; i < count; ++i) {
        if (!used[static_cast<size_t>(i)] && (best < 0 || row[i] > row[best])) best = i;
      }
      take(best);
    }
  }
  for (; next < count; ++next) {
    if (!used[static_cast<size_t>(next)]) take(next);
  }
  return result;
}

}  // namespace sightline
