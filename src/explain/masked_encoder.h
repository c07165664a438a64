// Encodes an image with parts of it hidden, and compares the vectors with a target.
#pragma once

#include <sightline/explain.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace sightline {

// The cosine similarity, summed in double. Throws invalid_data if a vector has NaN or infinity, or
// if all its elements are zero. `what`: the vector `a` in messages.
double checked_cosine(std::span<const float> a, std::span<const float> b, const char* what);

// The model, the pixels (3, S, S) and the target must outlive the object.
class MaskedEncoder {
 public:
  // Throws invalid_argument if the pixels do not match the model.
  MaskedEncoder(const Model& model, std::span<const float> pixels, std::span<const float> target,
                const ExplainOptions& options);

  int side() const { return side_; }
  double similarity() const;  // of the whole image

  // Returns the similarities with masks 0..count-1. draw(i, kept) writes how much of each pixel
  // (S, S) mask i keeps; the rest is replaced by the fill. `seen`, if any, is called with each mask
  // in order.
  std::vector<double> similarities(
      int64_t count, const std::function<void(int64_t, std::span<float>)>& draw,
      const std::function<void(int64_t, std::span<const float>)>& seen = {}) const;

 private:
  const Model& model_;
  std::span<const float> pixels_, target_;
  int side_ = 0;
  int64_t batch_size_;
  ProgressFn progress_;
  std::vector<float> fill_;  // (3, S, S)
};

}  // namespace sightline
