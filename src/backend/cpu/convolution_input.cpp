#include "backend/cpu/convolution_input.h"

#include <cstring>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// Pixels of three bf16 channels, each followed by a zero.
void pad_three_channels(const uint8_t* from, int64_t count, uint8_t* to) {
  constexpr size_t kPixel = 6, kPadded = 8;
  for (int64_t i = 0; i + 1 < count; ++i, from += kPixel, to += kPadded) {
    uint64_t pixel;
    std::memcpy(&pixel, from, kPadded);
    pixel &= 0xffff'ffff'ffff;  // without the beginning of the next one
    std::memcpy(to, &pixel, kPadded);
  }
  std::memset(to, 0, kPadded);
  std::memcpy(to, from, kPixel);
}

}  // namespace

ConvolutionInput::ConvolutionInput(const PackedConvolution& weights, const Tensor& x)
    : precision_(weights.panels.precision),
      height_(x.dim(1)),
      width_(x.dim(2)),
      channels_(x.dim(3)),
      padding_(weights.padding),
      units_(weights.units),
      round_(precision_ == Precision::bf16 && x.dtype() == DType::f32),
      x_(x) {
  if (precision_ == Precision::int8) {
    const int64_t images = x.dim(0), elements = x.count() / images;
    x_ = Tensor(x.shape(), DType::u8);
    scale_ = Tensor({images}, DType::f32);
    zero_ = Tensor({images}, DType::i32);
    const Int8Kernels& kernels = int8_kernels();
    parallel_for(images, 1, [&](int64_t begin, int64_t end) {
      const auto quantize = [&](auto* function, const auto* from) {
        function(from + begin * elements, end - begin, elements,
                 x_.data<uint8_t>() + begin * elements, elements, scale_.data<float>() + begin,
                 zero_.data<int32_t>() + begin);
      };
      if (x.dtype() == DType::bf16) {
        quantize(kernels.quantize_bf16, x.data<uint16_t>());
      } else {
        quantize(kernels.quantize_f32, x.data<float>());
      }
    });
  }
  direct_ = padding_ == 0 && !round_ && channels_ == units_ * elements_per_unit(precision_);
}

size_t ConvolutionInput::scratch_bytes(int64_t lines) const {
  if (direct_) return 0;
  // The last line is for conversion.
  return static_cast<size_t>((lines + 1) * (width_ + 2 * padding_) * units_ + kReadableUnits) * 4;
}

InputLines ConvolutionInput::lines(int64_t image, int64_t first_line, int64_t lines,
                                   uint8_t* scratch) const {
  const size_t line_bytes = static_cast<size_t>(width_ * channels_) * dtype_size(x_.dtype());
  const auto* const top =
      static_cast<const uint8_t*>(x_.raw()) + static_cast<size_t>(image * height_) * line_bytes;
  if (direct_) {
    return {reinterpret_cast<const uint32_t*>(top + static_cast<size_t>(first_line) * line_bytes),
            width_ * units_};
  }
  const int64_t pitch = (width_ + 2 * padding_) * units_;
  // Border pixels are 0, which in int8 is the image's zero point.
  const int border = precision_ == Precision::int8 ? *zero(image) : 0;
  const size_t side_bytes = static_cast<size_t>(padding_ * units_) * 4,
               pitch_bytes = static_cast<size_t>(pitch) * 4;
  uint8_t* const end = scratch + static_cast<size_t>(lines) * pitch_bytes;
  constexpr size_t kEndBytes = 4 * kReadableUnits;
  std::memset(end, 0, kEndBytes);
  for (int64_t i = 0; i < lines; ++i) {
    uint8_t* const to = scratch + static_cast<size_t>(i) * pitch_bytes;
    const int64_t line = first_line + i;
    if (line < 0 || line >= height_) {
      std::memset(to, border, pitch_bytes);
      continue;
    }
    std::memset(to, border, side_bytes);
    std::memset(to + pitch_bytes - side_bytes, border, side_bytes);
    copy_line(top + static_cast<size_t>(line) * line_bytes, to + side_bytes, end + kEndBytes);
  }
  return {reinterpret_cast<const uint32_t*>(scratch), pitch};
}

void ConvolutionInput::copy_line(const uint8_t* from, uint8_t* to, uint8_t* buffer) const {
  const int64_t elements = width_ * channels_, padded = units_ * elements_per_unit(precision_);
  const auto size = static_cast<size_t>(4 / elements_per_unit(precision_));
  if (round_) {
    auto* const rounded = reinterpret_cast<uint16_t*>(channels_ == padded ? to : buffer);
    cpu_kernels().round_to_bf16(reinterpret_cast<const float*>(from), elements, rounded);
    from = reinterpret_cast<const uint8_t*>(rounded);
  }
  if (from == to) return;
  if (channels_ == padded) {
    std::memcpy(to, from, static_cast<size_t>(elements) * size);
    return;
  }
  // Few channels, those of pixels. The padding is multiplied by weights of 0.
  const size_t pixel = static_cast<size_t>(channels_) * size,
               padded_pixel = static_cast<size_t>(units_) * 4;
  if (size == 2 && channels_ == 3) return pad_three_channels(from, width_, to);
  for (int64_t column = 0; column < width_; ++column, from += pixel, to += padded_pixel) {
    std::memcpy(to, from, pixel);
    std::memset(to + pixel, 0, padded_pixel - pixel);
  }
}

}  // namespace sightline
