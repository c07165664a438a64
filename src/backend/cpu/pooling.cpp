#include "backend/cpu/pooling.h"

#include <sightline/error.h>

#include <algorithm>
#include <vector>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "backend/cpu/op_checks.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// The least number of output rows per thread.
int64_t grain(int64_t floats) {
  return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, floats));
}

void require_image(const Tensor& x, const char* op, const char* argument) {
  require_float(x, op, argument);
  require_rank(x, 4, op, argument);
}

[[noreturn]] void bad_windows(const char* op, const Tensor& x, const std::string& windows) {
  throw Error(ErrorCode::invalid_argument, op, ": ", windows, " do not fit x ",
              shape_text(x.shape()));
}

// The windows of a pooling operation.
struct Windows {
  int64_t side, stride, padding;
};

// Calls combine(pixels, count, C, output) for each window of x (B, H, W, C) with its pixels inside
// the image.  y (B, H', W', C)
template <class Element, class Combine>
void for_each_window(const Tensor& x, const Windows& windows, Tensor& y, Combine combine) {
  const int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  const int64_t out_height = y.dim(1), out_width = y.dim(2), side = windows.side;
  const Element* const from = x.data<Element>();
  Element* const to = y.data<Element>();
  parallel_for(y.dim(0) * out_height, grain(out_width * channels), [&](int64_t begin, int64_t end) {
    std::vector<const Element*> pixels(static_cast<size_t>(side * side));
    for (int64_t row = begin; row < end; ++row) {
      const Element* const image = from + row / out_height * height * width * channels;
      const int64_t top = row % out_height * windows.stride - windows.padding;
      for (int64_t column = 0; column < out_width; ++column) {
        const int64_t left = column * windows.stride - windows.padding;
        size_t count = 0;
        for (int64_t i = std::max<int64_t>(0, top); i < std::min(height, top + side); ++i) {
          for (int64_t j = std::max<int64_t>(0, left); j < std::min(width, left + side); ++j) {
            pixels[count++] = image + (i * width + j) * channels;
          }
        }
        combine(pixels.data(), static_cast<int64_t>(count), channels,
                to + (row * out_width + column) * channels);
      }
    }
  });
}

// In double, so that the result does not depend on the order of a long sum.
template <class Element>
void mean(const Element* rows, int64_t count, int64_t channels, float* to) {
  std::vector<double> sum(static_cast<size_t>(channels));
  for (int64_t row = 0; row < count; ++row) {
    const Element* const from = rows + row * channels;
    for (int64_t c = 0; c < channels; ++c)
      sum[static_cast<size_t>(c)] += static_cast<double>(value_of(from[c]));
  }
  for (int64_t c = 0; c < channels; ++c)
    to[c] = static_cast<float>(sum[static_cast<size_t>(c)] / static_cast<double>(count));
}

// A row of an image's planes as pixels.
void interleave(const float* from, int64_t plane, int64_t channels, int64_t width, float* to) {
  if (channels != 3) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < channels; ++c) *to++ = from[c * plane + x];
    }
    return;
  }
  const float* const second = from + plane;
  const float* const third = second + plane;
  for (int64_t x = 0; x < width; ++x) {
    to[3 * x] = from[x];
    to[3 * x + 1] = second[x];
    to[3 * x + 2] = third[x];
  }
}

}  // namespace

Tensor cpu_nchw_to_nhwc(const Tensor& pixels, DType type) {
  require_f32(pixels, "nchw_to_nhwc", "pixels");
  require_image(pixels, "nchw_to_nhwc", "pixels");
  const int64_t channels = pixels.dim(1), height = pixels.dim(2), width = pixels.dim(3);
  Tensor y({pixels.dim(0), height, width, channels}, type);
  const float* const from = pixels.data<float>();
  const int64_t plane = height * width, numbers = width * channels;
  parallel_for(pixels.dim(0) * height, grain(numbers), [&](int64_t begin, int64_t end) {
    std::vector<float> line(static_cast<size_t>(type == DType::bf16 ? numbers : 0));
    for (int64_t row = begin; row < end; ++row) {
      const float* const source = from + row / height * channels * plane + row % height * width;
      if (type == DType::bf16) {
        interleave(source, plane, channels, width, line.data());
        cpu_kernels().round_to_bf16(line.data(), numbers, y.data<uint16_t>() + row * numbers);
      } else {
        interleave(source, plane, channels, width, y.data<float>() + row * numbers);
      }
    }
  });
  return y;
}

Tensor cpu_average_pool(const Tensor& x, int64_t side) {
  require_image(x, "average_pool", "x");
  const int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  if (side < 1 || side > height || side > width) {
    bad_windows("average_pool", x, "windows of side " + std::to_string(side));
  }
  const int64_t out_height = height / side, out_width = width / side;
  Tensor y({x.dim(0), out_height, out_width, channels}, x.dtype());
  const Windows windows{side, side, 0};
  if (x.dtype() == DType::bf16) {
    for_each_window<uint16_t>(x, windows, y, bf16_kernels().pool.mean);
  } else {
    for_each_window<float>(x, windows, y, cpu_kernels().pool.mean);
  }
  return y;
}

Tensor cpu_max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) {
  require_image(x, "max_pool", "x");
  const int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  // Padding below `side` leaves at least one pixel in every window.
  if (side < 1 || stride < 1 || padding < 0 || padding >= side || side > height + 2 * padding ||
      side > width + 2 * padding) {
    bad_windows("max_pool", x,
                "windows of side " + std::to_string(side) + ", stride " + std::to_string(stride) +
                    " and padding " + std::to_string(padding));
  }
  const int64_t out_height = (height + 2 * padding - side) / stride + 1;
  const int64_t out_width = (width + 2 * padding - side) / stride + 1;
  Tensor y({x.dim(0), out_height, out_width, channels}, x.dtype());
  const Windows windows{side, stride, padding};
  if (x.dtype() == DType::bf16) {
    for_each_window<uint16_t>(x, windows, y, bf16_kernels().pool.largest);
  } else {
    for_each_window<float>(x, windows, y, cpu_kernels().pool.largest);
  }
  return y;
}

Tensor cpu_mean_pool(const Tensor& x, SequenceOffsets offsets) {
  require_float(x, "mean_pool", "x");
  const bool packed = !offsets.empty();
  if (packed ? x.rank() != 2 : x.rank() < 3) {
    throw Error(ErrorCode::invalid_argument, "mean_pool: x ", shape_text(x.shape()),
                " has no positions, expected ", (packed ? "(R, C)" : "(B, ..., C)"));
  }
  if (packed) require_offsets(offsets, x.dim(0), x.dim(0), "mean_pool");
  const int64_t batch = packed ? static_cast<int64_t>(offsets.size()) - 1 : x.dim(0);
  const int64_t channels = x.dim(-1), each = x.count() / (batch * channels);
  Tensor y({batch, channels}, DType::f32);
  const auto first = [&](int64_t b) {
    return packed ? int64_t{offsets[static_cast<size_t>(b)]} : b * each;
  };
  parallel_for(batch, grain(each * channels), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      float* const to = y.data<float>() + b * channels;
      if (x.dtype() == DType::bf16) {
        mean(x.data<uint16_t>() + first(b) * channels, first(b + 1) - first(b), channels, to);
      } else {
        mean(x.data<float>() + first(b) * channels, first(b + 1) - first(b), channels, to);
      }
    }
  });
  return y;
}

}  // namespace sightline
