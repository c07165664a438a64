#include "image/resample.h"

#include <algorithm>
#include <cstring>

#include "image/resample_passes.h"
#include "image/resample_weights.h"

namespace sightline::image {
namespace {

// Suffices for data sets with a few image sizes; each size has two axes.
constexpr size_t kMaxCachedAxes = 16;
// Larger weights (of very large images) are recomputed for each image.
constexpr size_t kMaxCachedBytes = size_t{1} << 18;

void copy_window(const PixelView& in, const Window& window, uint8_t* out) {
  const auto channels = static_cast<size_t>(in.channels);
  const size_t bytes = static_cast<size_t>(window.width) * channels;
  for (int y = 0; y < window.height; ++y) {
    std::memcpy(out + static_cast<size_t>(y) * bytes,
                in.row(window.y + y) + static_cast<size_t>(window.x) * channels, bytes);
  }
}

uint8_t* ensure_size(std::vector<uint8_t>& buffer, int width, int height, int channels) {
  const size_t bytes =
      static_cast<size_t>(width) * static_cast<size_t>(height) * static_cast<size_t>(channels);
  if (buffer.size() < bytes) buffer.resize(bytes);
  return buffer.data();
}

}  // namespace

struct Resampler::Axis {
  int in_size = 0;
  int out_size = 0;
  ResizeFilter filter = ResizeFilter::bicubic;
  int begin = 0;
  int count = 0;
  bool along_x = false;
  int channels = 0;  // 0: any
  const ResamplePasses* passes = nullptr;
  Weights weights;
  PackedWeights packed;

  bool same(const Axis& other) const {
    return in_size == other.in_size && out_size == other.out_size && filter == other.filter &&
           begin == other.begin && count == other.count && along_x == other.along_x &&
           channels == other.channels;
  }
  size_t bytes() const {
    return weights.fixed.size() * sizeof(int32_t) + packed.blocks.size() * sizeof(Block) +
           packed.words.size() * sizeof(uint32_t);
  }
};

Resampler::Resampler() : Resampler(resample_passes()) {}
Resampler::Resampler(const ResamplePasses& passes) : passes_(&passes) {}
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;
Resampler::~Resampler() = default;

std::shared_ptr<const Resampler::Axis> Resampler::axis(int in_size, int out_size,
                                                       ResizeFilter filter, int begin, int count,
                                                       bool along_x, int channels) {
  Axis wanted;
  wanted.in_size = in_size;
  wanted.out_size = out_size;
  wanted.filter = filter;
  wanted.begin = begin;
  wanted.count = count;
  wanted.along_x = along_x;
  wanted.channels = along_x ? channels : 0;
  for (const auto& cached : cached_) {
    if (cached->same(wanted)) return cached;
  }
  wanted.weights = make_weights(in_size, out_size, filter, begin, count);
  wanted.passes = passes_->fits(wanted.weights) ? passes_ : generic_resample_passes();
  if (along_x) {
    wanted.passes->pack_x(wanted.weights, channels, wanted.packed);
  } else {
    wanted.passes->pack_y(wanted.weights, wanted.packed);
  }
  auto made = std::make_shared<const Axis>(std::move(wanted));
  if (made->bytes() > kMaxCachedBytes) return made;
  if (cached_.size() < kMaxCachedAxes) {
    cached_.push_back(made);
  } else {
    cached_[next_] = made;
    next_ = (next_ + 1) % kMaxCachedAxes;
  }
  return made;
}

// Runs the passes that are needed, in Pillow's order, on the part of the image that the window
// depends on.
void Resampler::resample(const PixelView& in, int out_width, int out_height, ResizeFilter filter,
                         const Window& window, uint8_t* out) {
  const bool along_x = out_width != in.width;
  const bool along_y = out_height != in.height;
  if (!along_x && !along_y) return copy_window(in, window, out);
  std::shared_ptr<const Axis> x, y;
  if (along_x) {
    x = axis(in.width, out_width, filter, window.x, window.width, true, in.channels);
  }
  if (along_y) {
    y = axis(in.height, out_height, filter, window.y, window.height, false, in.channels);
  }
  const auto horizontal = [&](const PixelView& from, int origin, int first_row, int rows,
                              uint8_t* to) {
    const PassPlan plan{from, x->weights, x->packed, origin, first_row, rows, 0, 0, &scratch_};
    x->passes->horizontal(plan, to);
  };
  const auto vertical = [&](const PixelView& from, int origin, int first_column, int columns,
                            uint8_t* to) {
    const PassPlan plan{from,          y->weights,   y->packed, origin, 0,
                        window.height, first_column, columns,   nullptr};
    y->passes->vertical(plan, to);
  };
  if (!along_y) return horizontal(in, 0, window.y, window.height, out);
  if (!along_x) return vertical(in, 0, window.x, window.width, out);
  if (vertical_first(in.width, in.height, out_width, out_height)) {
    const int begin = x->weights.begin();
    const int width = x->weights.end() - begin;
    uint8_t* intermediate = ensure_size(intermediate_, width, window.height, in.channels);
    vertical(in, 0, begin, width, intermediate);
    horizontal({intermediate, width, window.height, in.channels}, begin, 0, window.height, out);
  } else {
    const int begin = y->weights.begin();
    const int height = y->weights.end() - begin;
    uint8_t* intermediate = ensure_size(intermediate_, window.width, height, in.channels);
    horizontal(in, 0, begin, height, intermediate);
    vertical({intermediate, window.width, height, in.channels}, begin, 0, window.width, out);
  }
}

bool vertical_first(int in_width, int in_height, int out_width, int out_height) {
  const int64_t shrink_x = static_cast<int64_t>(in_width) - out_width;
  const int64_t shrink_y = static_cast<int64_t>(in_height) - out_height;
  return shrink_y > 0 && shrink_y > 2 * shrink_x;
}

std::vector<uint8_t> resample(const PixelView& in, int out_width, int out_height,
                              ResizeFilter filter, const Window& window) {
  std::vector<uint8_t> out(static_cast<size_t>(window.width) * static_cast<size_t>(window.height) *
                           static_cast<size_t>(in.channels));
  Resampler().resample(in, out_width, out_height, filter, window, out.data());
  return out;
}

}  // namespace sightline::image
