// The roofline baseline: the time that a model's matrix products and convolutions need alone, by
// oneDNN. A model's speed is reported as a share of it.
#pragma once

#include <sightline/settings.h>

#include <memory>
#include <string>

#include "measure/roofline/roofline_work.h"

namespace sightline {

class RooflineBaseline {
 public:
  virtual ~RooflineBaseline() = default;
  // Computes every product and convolution once, one after the other, on all threads. Each layer
  // has weights of its own; inputs and results share memory, which makes the bound optimistic. Not
  // thread-safe.
  virtual void run() = 0;
};

// oneDNN's matmul and convolution without bias and without fused operations, each with weights
// packed in the layout that oneDNN asks for. Precisions: fp32; bf16 (both operands bf16,
// accumulated in f32); int8 (u8 times s8, accumulated in s32). Several output dtypes are tried
// (f32, bf16; s32, f32, u8), and each shape uses the fastest. The instructions are those of the
// processor: without AVX-512 BF16 or VNNI a precision may be slower than fp32.
// Throws unsupported where oneDNN has no implementation.
std::unique_ptr<RooflineBaseline> create_roofline_baseline(const RooflineWork& work,
                                                           Precision precision);

std::string onednn_version();  // "2.6.3"

}  // namespace sightline
