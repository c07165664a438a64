#include "image/resample_wide.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "image/resample_weights.h"

namespace sightline::image {
namespace {

std::vector<uint8_t> buffer(int width, int height, int channels) {
  return std::vector<uint8_t>(static_cast<size_t>(width) * static_cast<size_t>(height) *
                              static_cast<size_t>(channels));
}

// A horizontal pass over rows [first_row, first_row + rows), or a vertical pass over columns
// [first_column, first_column + columns). Input i of a run is column (or row) i - origin of `in`.
struct Pass {
  const PixelView& in;
  const Weights& weights;
  int origin = 0;
  int first_row = 0;
  int rows = 0;
  int first_column = 0;
  int columns = 0;
};

template <typename Sample>
double load(const uint8_t* at) {
  Sample value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<double>(value);
}

template <typename Sample>
void store(uint8_t* at, double sum) {
  Sample value;
  if constexpr (std::is_floating_point_v<Sample>) {
    value = static_cast<Sample>(sum);
  } else {
    const double rounded = sum >= 0.0 ? sum + 0.5 : sum - 0.5;
    value = static_cast<Sample>(
        std::clamp(rounded, static_cast<double>(std::numeric_limits<Sample>::min()),
                   static_cast<double>(std::numeric_limits<Sample>::max())));
  }
  std::memcpy(at, &value, sizeof value);
}

template <typename Sample>
void horizontal(const Pass& plan, uint8_t* out) {
  constexpr size_t kBytes = sizeof(Sample);
  const Weights& w = plan.weights;
  for (int y = 0; y < plan.rows; ++y) {
    const uint8_t* row = plan.in.row(plan.first_row + y);
    for (size_t x = 0; x < w.first.size(); ++x, out += kBytes) {
      const double* weight = w.exact.data() + x * static_cast<size_t>(w.taps);
      const uint8_t* at = row + kBytes * static_cast<size_t>(w.first[x] - plan.origin);
      double sum = 0.0;
      for (int k = 0; k < w.length[x]; ++k, at += kBytes) sum += load<Sample>(at) * weight[k];
      store<Sample>(out, sum);
    }
  }
}

template <typename Sample>
void vertical(const Pass& plan, uint8_t* out) {
  constexpr size_t kBytes = sizeof(Sample);
  const Weights& w = plan.weights;
  for (size_t y = 0; y < w.first.size(); ++y) {
    const double* weight = w.exact.data() + y * static_cast<size_t>(w.taps);
    for (int x = 0; x < plan.columns; ++x, out += kBytes) {
      const size_t at = kBytes * static_cast<size_t>(plan.first_column + x);
      double sum = 0.0;
      for (int k = 0; k < w.length[y]; ++k) {
        sum += load<Sample>(plan.in.row(w.first[y] + k - plan.origin) + at) * weight[k];
      }
      store<Sample>(out, sum);
    }
  }
}

template <typename Sample>
std::vector<uint8_t> resample_samples(const PixelView& in, int out_width, int out_height,
                                      ResizeFilter filter, const Window& window) {
  const Weights wx = make_weights(in.width, out_width, filter, window.x, window.width, true);
  const Weights wy = make_weights(in.height, out_height, filter, window.y, window.height, true);
  std::vector<uint8_t> out = buffer(window.width, window.height, in.channels);
  if (out_height == in.height) {
    horizontal<Sample>({in, wx, 0, window.y, window.height, 0, 0}, out.data());
  } else if (out_width == in.width) {
    vertical<Sample>({in, wy, 0, 0, 0, window.x, window.width}, out.data());
  } else if (vertical_first(in.width, in.height, out_width, out_height)) {
    const int width = wx.end() - wx.begin();
    std::vector<uint8_t> intermediate = buffer(width, window.height, in.channels);
    vertical<Sample>({in, wy, 0, 0, 0, wx.begin(), width}, intermediate.data());
    const PixelView view{intermediate.data(), width, window.height, in.channels};
    horizontal<Sample>({view, wx, wx.begin(), 0, window.height, 0, 0}, out.data());
  } else {
    const int height = wy.end() - wy.begin();
    std::vector<uint8_t> intermediate = buffer(window.width, height, in.channels);
    horizontal<Sample>({in, wx, 0, wy.begin(), height, 0, 0}, intermediate.data());
    const PixelView view{intermediate.data(), window.width, height, in.channels};
    vertical<Sample>({view, wy, wy.begin(), 0, 0, 0, window.width}, out.data());
  }
  return out;
}

}  // namespace

std::vector<uint8_t> resample_wide(PixelMode mode, const PixelView& in, int out_width,
                                   int out_height, ResizeFilter filter, const Window& window) {
  static_assert(std::endian::native == std::endian::little, "mode i16 is little endian");
  switch (mode) {
    case PixelMode::i32:
      return resample_samples<int32_t>(in, out_width, out_height, filter, window);
    case PixelMode::f32:
      return resample_samples<float>(in, out_width, out_height, filter, window);
    default:
      return resample_samples<uint16_t>(in, out_width, out_height, filter, window);
  }
}

std::vector<uint8_t> resize_nearest(const PixelView& in, int out_width, int out_height,
                                    const Window& window) {
  // Positions are accumulated from the first output on, as in Pillow; multiplication would round
  // differently.
  const auto positions = [](int in_size, int out_size, int begin, int count) {
    const double step = static_cast<double>(in_size) / out_size;
    double at = step * 0.5;
    std::vector<int> found(static_cast<size_t>(count));
    for (int i = 0; i < begin + count; ++i, at += step) {
      if (i >= begin) found[static_cast<size_t>(i - begin)] = static_cast<int>(at);
    }
    return found;
  };
  const std::vector<int> xs = positions(in.width, out_width, window.x, window.width);
  const std::vector<int> ys = positions(in.height, out_height, window.y, window.height);
  const auto channels = static_cast<size_t>(in.channels);
  std::vector<uint8_t> out = buffer(window.width, window.height, in.channels);
  uint8_t* to = out.data();
  for (const int y : ys) {
    for (const int x : xs) {
      // Rounding may push the last position beyond the edge; the output is then zero.
      if (x < in.width && y < in.height) {
        std::memcpy(to, in.row(y) + static_cast<size_t>(x) * channels, channels);
      }
      to += channels;
    }
  }
  return out;
}

}  // namespace sightline::image
