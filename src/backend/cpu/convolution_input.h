// What a convolution reads: images in the type that they are multiplied in, with their border.
#pragma once

#include <cstdint>

#include "backend/cpu/convolution.h"
#include "tensor/tensor.h"

namespace sightline {

// Some lines of an image as a kernel reads them. Pixels lie one after the other.
struct InputLines {
  const uint32_t* first = nullptr;  // the first pixel, a border's where there is one
  int64_t pitch = 0;                // units from line to line
};

class ConvolutionInput {
 public:
  // x (B, H, W, K) f32 or bf16. What is int8 is rounded here, with one scale and one zero an
  // image.
  ConvolutionInput(const PackedConvolution& weights, const Tensor& x);

  // Lines first_line.. of the image, counted without the border; where it has one, or where
  // numbers are of another type, they are copied to `scratch` (scratch_bytes(lines), 64-byte
  // aligned).
  InputLines lines(int64_t image, int64_t first_line, int64_t lines, uint8_t* scratch) const;
  size_t scratch_bytes(int64_t lines) const;
  // Whether all of an image is read where it is: its lines follow one another without a border.
  bool direct() const { return direct_; }

  // int8: of each image.
  const float* scale(int64_t image) const { return scale_.data<float>() + image; }
  const int32_t* zero(int64_t image) const { return zero_.data<int32_t>() + image; }

 private:
  // between: a line of scratch.
  void copy_line(const uint8_t* from, uint8_t* to, uint8_t* between) const;

  Precision precision_;
  int64_t height_, width_, channels_, padding_;
  int64_t units_;        // of a pixel
  bool round_ = false;   // f32 that is multiplied as bf16
  bool direct_ = false;  // read where it is
  Tensor x_;             // as given, or bytes
  Tensor scale_, zero_;  // int8: (B)
};

}  // namespace sightline
