// The input of a convolution: images in the type of the products, with their border.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cpu/convolution.h"
#include "backend/cpu/kernels/quantization.h"
#include "tensor/tensor.h"

namespace sightline {

// Lines of an image as a kernel reads them; the pixels of a line are contiguous.
struct InputLines {
  const uint32_t* first = nullptr;  // the first pixel, of the border where there is one
  int64_t pitch = 0;                // units from line to line
};

// Of numbers of type f32 or bf16.
NumberRange range_of_numbers(DType type, const void* numbers, int64_t count);

class ConvolutionInput {
 public:
  // x (B, H, W, K) f32 or bf16. In int8 an image has one scale and one zero point, which x.ranges()
  // determines if it is there.
  ConvolutionInput(const PackedConvolution& weights, const Tensor& x);

  // Quantizes whole images, for tasks that read the same lines. Without it, lines() and pixels()
  // quantize what they return.
  void quantize_images();

  // Lines first_line.. of the image, counted without the border. Where it has a border or another
  // element type, they are copied to `scratch` (scratch_bytes(lines), 64-byte aligned).
  InputLines lines(int64_t image, int64_t first_line, int64_t lines, uint8_t* scratch) const;
  size_t scratch_bytes(int64_t lines) const;
  // The same for pixels first_pixel.. of an image without a border, as one line.
  InputLines pixels(int64_t image, int64_t first_pixel, int64_t pixels, uint8_t* scratch) const;
  size_t scratch_bytes_of_pixels(int64_t pixels) const;
  // Units that may be read after the end of lines() or pixels().
  int64_t readable_units() const { return in_place() ? 0 : kReadableUnits; }
  // Whether an image is contiguous units without a border, once it has the type of the products.
  bool contiguous() const { return contiguous_; }

  // int8: the scale and zero point of an image.
  const Quantization& quantization(int64_t image) const {
    return quantization_[static_cast<size_t>(image)];
  }

 private:
  static constexpr int64_t kReadableUnits = 16;
  static constexpr size_t kEndBytes = 4 * kReadableUnits;

  bool in_place() const { return contiguous_ && !converts_; }
  // In the type of the products. buffer: of the same size, where pixels are padded and rounded.
  void copy_pixels(int64_t image, int64_t first_pixel, int64_t pixels, uint8_t* to,
                   uint8_t* buffer) const;

  Precision precision_;
  int64_t height_, width_, channels_, padding_;
  int64_t units_;  // of a pixel
  bool converts_;  // to the type of the products
  bool contiguous_;
  Tensor x_;                                // as given, or bytes
  std::vector<Quantization> quantization_;  // int8: of each image
};

}  // namespace sightline
