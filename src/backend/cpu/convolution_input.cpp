#include "backend/cpu/convolution_input.h"

#include <algorithm>
#include <cstring>
#include <utility>

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

// kernel(kernels, numbers) for numbers of the given type, f32 or bf16.
template <class Kernel>
auto with_type(DType type, const void* numbers, const Kernel& kernel) {
  const Int8Kernels& kernels = int8_kernels();
  if (type == DType::bf16) return kernel(kernels.bf16, static_cast<const uint16_t*>(numbers));
  return kernel(kernels.f32, static_cast<const float*>(numbers));
}

std::vector<Quantization> quantization_of_images(const Tensor& x) {
  const int64_t images = x.dim(0), elements = x.count() / images;
  std::vector<Quantization> result(static_cast<size_t>(images));
  parallel_for(images, 1, [&](int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image) {
      const auto at = static_cast<size_t>(image);
      const auto* const numbers = static_cast<const uint8_t*>(x.raw()) +
                                  static_cast<size_t>(image * elements) * dtype_size(x.dtype());
      result[at] = quantization_of(
          x.ranges().empty() ? range_of_numbers(x.dtype(), numbers, elements) : x.ranges()[at]);
    }
  });
  return result;
}

}  // namespace

NumberRange range_of_numbers(DType type, const void* numbers, int64_t count) {
  return with_type(type, numbers, [&](const auto& kernels, const auto* from) {
    return kernels.range(from, count);
  });
}

ConvolutionInput::ConvolutionInput(const PackedConvolution& weights, const Tensor& x)
    : precision_(weights.panels.precision),
      height_(x.dim(1)),
      width_(x.dim(2)),
      channels_(x.dim(3)),
      padding_(weights.padding),
      units_(weights.units),
      converts_(precision_ == Precision::int8 ||
                (precision_ == Precision::bf16 && x.dtype() == DType::f32)),
      contiguous_(padding_ == 0 && channels_ == units_ * elements_per_unit(precision_)),
      x_(x) {
  if (precision_ == Precision::int8) quantization_ = quantization_of_images(x);
}

void ConvolutionInput::quantize_images() {
  Tensor bytes(x_.shape(), DType::u8);
  constexpr int64_t kGrain = 1 << 14;
  const int64_t pixels = height_ * width_;
  parallel_for(x_.dim(0) * pixels, 1 + kGrain / channels_, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t image = begin / pixels, count = std::min(end, (image + 1) * pixels) - begin;
      copy_pixels(image, begin % pixels, count, bytes.data<uint8_t>() + begin * channels_, nullptr);
      begin += count;
    }
  });
  x_ = std::move(bytes);
  converts_ = false;
}

size_t ConvolutionInput::scratch_bytes_of_pixels(int64_t pixels) const {
  if (in_place()) return 0;
  return static_cast<size_t>(pixels * units_ + kReadableUnits) * 4;
}

size_t ConvolutionInput::scratch_bytes(int64_t lines) const {
  // The last line is for conversion.
  return scratch_bytes_of_pixels((lines + 1) * (width_ + 2 * padding_));
}

InputLines ConvolutionInput::pixels(int64_t image, int64_t first_pixel, int64_t pixels,
                                    uint8_t* scratch) const {
  if (in_place()) {
    return {
        static_cast<const uint32_t*>(x_.raw()) + (image * height_ * width_ + first_pixel) * units_,
        pixels * units_};
  }
  std::memset(scratch + static_cast<size_t>(pixels * units_) * 4, 0, kEndBytes);
  copy_pixels(image, first_pixel, pixels, scratch, nullptr);
  return {reinterpret_cast<const uint32_t*>(scratch), pixels * units_};
}

InputLines ConvolutionInput::lines(int64_t image, int64_t first_line, int64_t lines,
                                   uint8_t* scratch) const {
  if (in_place())
    return {pixels(image, first_line * width_, lines * width_, nullptr).first, width_ * units_};
  const int64_t pitch = (width_ + 2 * padding_) * units_;
  // Border pixels are 0, which in int8 is the image's zero point.
  const int border = precision_ == Precision::int8 ? quantization(image).zero : 0;
  const size_t side_bytes = static_cast<size_t>(padding_ * units_) * 4,
               pitch_bytes = static_cast<size_t>(pitch) * 4;
  uint8_t* const end = scratch + static_cast<size_t>(lines) * pitch_bytes;
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
    copy_pixels(image, line * width_, width_, to + side_bytes, end + kEndBytes);
  }
  return {reinterpret_cast<const uint32_t*>(scratch), pitch};
}

void ConvolutionInput::copy_pixels(int64_t image, int64_t first_pixel, int64_t pixels, uint8_t* to,
                                   uint8_t* buffer) const {
  const int64_t elements = pixels * channels_, padded = units_ * elements_per_unit(precision_);
  const auto* from = static_cast<const uint8_t*>(x_.raw()) +
                     static_cast<size_t>((image * height_ * width_ + first_pixel) * channels_) *
                         dtype_size(x_.dtype());
  if (converts_ && precision_ == Precision::int8) {
    with_type(x_.dtype(), from, [&](const auto& kernels, const auto* numbers) {
      kernels.bytes(numbers, elements, quantization(image), to);
    });
    return;
  }
  const auto size = static_cast<size_t>(4 / elements_per_unit(precision_));
  if (converts_) {
    auto* const rounded = reinterpret_cast<uint16_t*>(channels_ == padded ? to : buffer);
    cpu_kernels().round_to_bf16(reinterpret_cast<const float*>(from), elements, rounded);
    if (channels_ == padded) return;
    from = buffer;
  }
  if (channels_ == padded) {
    std::memcpy(to, from, static_cast<size_t>(elements) * size);
    return;
  }
  // Few channels, those of pixels. The padding is multiplied by weights of 0.
  const size_t pixel = static_cast<size_t>(channels_) * size,
               padded_pixel = static_cast<size_t>(units_) * 4;
  if (size == 2 && channels_ == 3) return pad_three_channels(from, pixels, to);
  for (int64_t i = 0; i < pixels; ++i, from += pixel, to += padded_pixel) {
    std::memcpy(to, from, pixel);
    std::memset(to + pixel, 0, padded_pixel - pixel);
  }
}

}  // namespace sightline
