// The multiplications of a model and nothing else: the ceiling that its speed is held against.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

// x (rows, in) times W (in, out).
struct PlainProduct {
  int64_t rows = 0, in = 0, out = 0;
};

// x (B, H, W, in), a kernel of side R.
struct PlainConvolution {
  int64_t batch = 0, height = 0, width = 0, in = 0, out = 0;
  int64_t kernel = 1, stride = 1, padding = 0;
};

struct RooflineWork {
  std::vector<PlainProduct> products;
  std::vector<PlainConvolution> convolutions;

  bool empty() const { return products.empty() && convolutions.empty(); }
  // Multiplications and additions, two for each pair. Taps beyond the border count.
  double operations() const;
};

// One after the other, once. The weights differ from layer to layer; the inputs and results are
// shared, which is kind to the ceiling.
class RooflineBaseline {
 public:
  virtual ~RooflineBaseline() = default;
  virtual void run() = 0;
};

// oneDNN's matmul and convolution without bias and without anything fused, each with weights packed
// in the layout that it asks for. `precision` fp32; bf16: both operands bf16, accumulated in f32;
// int8: u8 times s8, accumulated in s32. For results there are several types (f32, bf16; s32, f32,
// u8); for each shape the fastest of them counts, so that a ceiling is not one by a bad choice.
// The run-time type is whatever the processor has: without AVX-512 BF16 or VNNI a precision may be
// slower than fp32. Throws unsupported where oneDNN has no implementation.
std::unique_ptr<RooflineBaseline> create_plain_runner(const RooflineWork& work,
                                                      const std::string& precision);

// "2.6.3"
std::string onednn_version();

}  // namespace sightline
