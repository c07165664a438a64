// The input of a convolution: images in the type of the products, with their border.
#pragma once

#include <cstdint>

#include "backend/cpu/convolution.h"
#include "tensor/tensor.h"

namespace sightline {

// Lines of an image as a kernel reads them; the pixels of a line are contiguous.
struct InputLines {
  const uint32_t* first = nullptr;  // the first pixel, of the border where there is one
  int64_t pitch = 0;                // units from line to line
};

class ConvolutionInput {
 public:
  // x (B, H, W, K) f32 or bf16. In int8 it is quantized here, with one scale and one zero point per
  // image.
  ConvolutionInput(const PackedConvolution& weights, const Tensor& x);

  // Lines first_line.. of the image, counted without the border. Where it has a border or another
  // element type, they are copied to `scratch` (scratch_bytes(lines), 64-byte aligned).
  InputLines lines(int64_t image, int64_t first_line, int64_t lines, uint8_t* scratch) const;
  size_t scratch_bytes(int64_t lines) const;
  // Units that may be read after the end of lines().
  int64_t readable_units() const { return direct_ ? 0 : kReadableUnits; }
  // Whether images are read in place: contiguous lines without a border.
  bool direct() const { return direct_; }

  // int8: scale and zero point of an image.
  const float* scale(int64_t image) const { return scale_.data<float>() + image; }
  const int32_t* zero(int64_t image) const { return zero_.data<int32_t>() + image; }

 private:
  static constexpr int64_t kReadableUnits = 16;

  // buffer: a line of scratch.
  void copy_line(const uint8_t* from, uint8_t* to, uint8_t* buffer) const;

  Precision precision_;
  int64_t height_, width_, channels_, padding_;
  int64_t units_;        // of a pixel
  bool round_ = false;   // f32 input of bf16 products
  bool direct_ = false;  // read in place
  Tensor x_;             // as given, or bytes
  Tensor scale_, zero_;  // int8: (B)
};

}  // namespace sightline
