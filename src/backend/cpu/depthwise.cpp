#include "backend/cpu/depthwise.h"

#include <algorithm>
#include <vector>

#include "backend/cpu/convolution.h"
#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "base/parallel.h"

namespace sightline {
namespace {

int64_t block_count(int64_t channels) {
  return (channels + kDepthwiseBlock - 1) / kDepthwiseBlock;
}

// The most output lines of one task: the table of its pixels' addresses stays in the first-level
// cache.
constexpr int64_t kMostLines = 16;

// Input and output that together have fewer bytes stay in a third-level cache, from which the
// processor prefetches by itself.
constexpr size_t kCacheBytes = 8 << 20;

// Lines per task: few enough for every thread to have several tasks.
int64_t lines_per_task(int64_t images, int64_t lines) {
  const int64_t wanted = (4 * thread_count() + images - 1) / images;
  return std::clamp<int64_t>(lines / wanted, 1, kMostLines);
}

// The addresses of an image's pixels with its border, line after line.
template <class Number>
class PixelTable {
 public:
  PixelTable(const DepthwiseConvolution& weights, const Tensor& x)
      : x_(x.data<Number>()),
        border_(static_cast<const Number*>(weights.border.raw())),
        height_(x.dim(1)),
        width_(x.dim(2)),
        channels_(x.dim(3)),
        padding_(weights.padding) {}

  int64_t pitch() const { return width_ + 2 * padding_; }
  // Lines first_line.. of the image, counted without the border.
  void fill(int64_t image, int64_t first_line, int64_t lines) {
    pixels_.assign(static_cast<size_t>(lines * pitch()), border_);
    for (int64_t i = 0; i < lines; ++i) {
      const int64_t line = first_line + i;
      if (line < 0 || line >= height_) continue;
      const Number* pixel = x_ + (image * height_ + line) * width_ * channels_;
      const Number** const to = pixels_.data() + i * pitch() + padding_;
      for (int64_t j = 0; j < width_; ++j, pixel += channels_) to[j] = pixel;
    }
  }
  const Number* const* line(int64_t i) const { return pixels_.data() + i * pitch(); }
  // Lines line.. of the image without its border; null where one of `count` is outside.
  const Number* inside(int64_t image, int64_t line, int64_t count) const {
    if (line < 0 || line + count > height_) return nullptr;
    return x_ + (image * height_ + line) * width_ * channels_;
  }

 private:
  const Number* x_;
  const Number* border_;
  int64_t height_, width_, channels_, padding_;
  std::vector<const Number*> pixels_;
};

template <class Number>
void run_lines(const DepthwiseConvolution& weights, const Tensor& x, Activation activation,
               const Tensor& residual, Tensor& y, void (*kernel)(const DepthwiseLine<Number>&)) {
  const int64_t lines = y.dim(1), width = y.dim(2), channels = y.dim(3);
  const int64_t each = lines_per_task(y.dim(0), lines), pieces = (lines + each - 1) / each;
  const bool prefetch = x.bytes() + y.bytes() > kCacheBytes;
  Number* const out = y.data<Number>();
  const Number* const added = residual.defined() ? residual.data<Number>() : nullptr;
  parallel_each(y.dim(0) * pieces, [&](int, int64_t task) {
    const int64_t image = task / pieces, first = task % pieces * each;
    const int64_t count = std::min(each, lines - first);
    PixelTable<Number> table(weights, x);
    table.fill(image, first * weights.stride - weights.padding,
               (count - 1) * weights.stride + weights.kernel);
    DepthwiseLine<Number> line;
    line.pitch = table.pitch();
    line.below_pitch = x.dim(2);
    line.kernel = weights.kernel;
    line.stride = weights.stride;
    line.columns = width;
    line.channels = channels;
    line.weights = weights.weights.data<float>();
    line.activation = activation;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = (image * lines + first + i) * width * channels;
      line.pixels = table.line(i * weights.stride);
      if (prefetch) {
        const int64_t next = (first + i) * weights.stride - weights.padding + weights.kernel;
        line.below = table.inside(image, next, weights.stride);
      }
      line.out = out + at;
      if (added != nullptr) line.residual = added + at;
      kernel(line);
    }
  });
}

Tensor rounded(const Tensor& x) {
  Tensor y(x.shape(), DType::bf16);
  constexpr int64_t kGrain = 1 << 14;
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    cpu_kernels().round_to_bf16(x.data<float>() + begin, end - begin, y.data<uint16_t>() + begin);
  });
  return y;
}

// Each channel `times` times.
template <class Number>
Tensor repeat_channels(const Tensor& x, int64_t times) {
  Shape shape = x.shape();
  shape.back() *= times;
  Tensor y(std::move(shape), x.dtype());
  const Number* const from = x.data<Number>();
  Number* const to = y.data<Number>();
  constexpr int64_t kGrain = 1 << 14;
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    Number* out = to + begin * times;
    for (int64_t i = begin; i < end; ++i, out += times) std::fill_n(out, times, from[i]);
  });
  return y;
}

}  // namespace

std::shared_ptr<const DepthwiseConvolution> pack_depthwise(const ConvolutionSpec& spec,
                                                           Arena& arena) {
  auto packed = std::make_shared<DepthwiseConvolution>();
  const int64_t channels = spec.weight.dim(0), kernel = spec.weight.dim(2);
  packed->out_channels = channels;
  packed->in_channels = channels / spec.multiplier;
  packed->multiplier = spec.multiplier;
  packed->kernel = kernel;
  packed->stride = spec.stride;
  packed->padding = spec.padding;
  packed->depthwise = true;
  packed->border = arena.tensor({channels}, DType::f32);
  const int64_t blocks = block_count(channels), cells = kernel * kernel;
  packed->weights = arena.tensor({blocks, 1 + cells, kDepthwiseBlock}, DType::f32);
  float* to = packed->weights.data<float>();
  for (int64_t block = 0; block < blocks; ++block, to += (1 + cells) * kDepthwiseBlock) {
    const int64_t first =
        std::max<int64_t>(0, std::min(block * kDepthwiseBlock, channels - kDepthwiseBlock));
    for (int64_t i = 0; i < std::min(kDepthwiseBlock, channels); ++i) {
      const ChannelNorm norm = channel_norm(spec, first + i);
      const float* const from = spec.weight.data<float>() + (first + i) * cells;
      to[i] = static_cast<float>(norm.offset);
      for (int64_t cell = 0; cell < cells; ++cell) {
        to[(1 + cell) * kDepthwiseBlock + i] = static_cast<float>(from[cell] * norm.scale);
      }
    }
  }
  return packed;
}

Tensor run_depthwise(const DepthwiseConvolution& weights, const Tensor& x, Activation activation,
                     Tensor residual, DType type) {
  if (weights.multiplier > 1 && x.dim(3) != weights.out_channels) {
    const Tensor repeated = x.dtype() == DType::bf16
                                ? repeat_channels<uint16_t>(x, weights.multiplier)
                                : repeat_channels<float>(x, weights.multiplier);
    return run_depthwise(weights, repeated, activation, std::move(residual), type);
  }
  const int64_t channels = weights.out_channels;
  const auto output_side = [&](int64_t side) {
    return (side + 2 * weights.padding - weights.kernel) / weights.stride + 1;
  };
  // Overlapping blocks compute channels twice, so they must not overwrite the residual.
  const bool in_place = residual.exclusive() && channels % kDepthwiseBlock == 0;
  Tensor y = in_place
                 ? Tensor(residual.shape(), residual.dtype(), residual.storage())
                 : Tensor({x.dim(0), output_side(x.dim(1)), output_side(x.dim(2)), channels}, type);
  if (type == DType::bf16) {
    const Tensor input = x.dtype() == DType::bf16 ? x : rounded(x);
    run_lines<uint16_t>(weights, input, activation, residual, y, bf16_kernels().depthwise_line);
  } else {
    run_lines<float>(weights, x, activation, residual, y, fp32_kernels().depthwise_line);
  }
  return y;
}

}  // namespace sightline
