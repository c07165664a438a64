// The matrix products and convolutions that a model runs, as shapes.
#pragma once

#include <cstdint>
#include <vector>

namespace sightline {

// x (rows, in) times W (in, out). Products of the same layer share W.
struct ProductShape {
  int64_t rows = 0, in = 0, out = 0;
  int64_t layer = 0;
};

// x (batch, height, width, in) with square kernels (out, in, kernel, kernel), or (out, 1, kernel,
// kernel) of a depthwise convolution.
struct ConvolutionShape {
  int64_t batch = 0, height = 0, width = 0, in = 0, out = 0;
  int64_t kernel = 1, stride = 1, padding = 0;
  bool depthwise = false;
};

struct RooflineWork {
  std::vector<ProductShape> products;  // in the order in which they ran
  std::vector<ConvolutionShape> convolutions;

  bool empty() const { return products.empty() && convolutions.empty(); }
  // Multiplications and additions: two for each pair. Taps in the padding count.
  double operations() const;
};

}  // namespace sightline
