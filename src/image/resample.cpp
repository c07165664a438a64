#include "image/resample.h"

#include <algorithm>
#include <cstring>

#include "image/resample_passes.h"

namespace sightline::image {
namespace {

Weights weights_x(const PixelView& in, int out_width, ResizeFilter filter, const Window& window,
                  bool exact) {
  return make_weights(in.width, out_width, filter, window.x, window.width, exact);
}

Weights weights_y(const PixelView& in, int out_height, ResizeFilter filter, const Window& window,
                  bool exact) {
  return make_weights(in.height, out_height, filter, window.y, window.height, exact);
}

// Inputs that any run of these weights touches: [begin, end).
struct Range {
  int begin;
  int end;
};
Range used_inputs(const Weights& weights) {
  Range range{weights.first.front(), 0};
  for (size_t i = 0; i < weights.first.size(); ++i) {
    range.begin = std::min(range.begin, weights.first[i]);
    range.end = std::max(range.end, weights.first[i] + weights.length[i]);
  }
  return range;
}

void shift(Weights& weights, int by) {
  for (int& first : weights.first) first -= by;
}

std::vector<uint8_t> buffer(int width, int height, int channels) {
  return std::vector<uint8_t>(static_cast<size_t>(width) * static_cast<size_t>(height) *
                              static_cast<size_t>(channels));
}

std::vector<uint8_t> cut(const PixelView& in, const Window& window) {
  std::vector<uint8_t> out = buffer(window.width, window.height, in.channels);
  const size_t bytes = static_cast<size_t>(window.width) * static_cast<size_t>(in.channels);
  for (int y = 0; y < window.height; ++y) {
    std::memcpy(
        out.data() + static_cast<size_t>(y) * bytes,
        in.row(window.y + y) + static_cast<size_t>(window.x) * static_cast<size_t>(in.channels),
        bytes);
  }
  return out;
}

// Runs the passes that are needed, in Pillow's order, over no more of the picture than the window
// depends on. `passes(weights)` gives the inner loops for some weights.
template <typename Choose>
std::vector<uint8_t> run_passes(const PixelView& in, int out_width, int out_height,
                                ResizeFilter filter, const Window& window, bool exact,
                                const Choose& passes) {
  const bool along_x = out_width != in.width;
  const bool along_y = out_height != in.height;
  if (!along_x && !along_y) return cut(in, window);
  if (!along_y) {
    const Weights wx = weights_x(in, out_width, filter, window, exact);
    std::vector<uint8_t> out = buffer(window.width, window.height, in.channels);
    passes(wx).horizontal({in, wx, window.y, window.height, 0, 0}, out.data());
    return out;
  }
  Weights wy = weights_y(in, out_height, filter, window, exact);
  if (!along_x) {
    std::vector<uint8_t> out = buffer(window.width, window.height, in.channels);
    passes(wy).vertical({in, wy, 0, window.height, window.x, window.width}, out.data());
    return out;
  }
  Weights wx = weights_x(in, out_width, filter, window, exact);
  std::vector<uint8_t> out = buffer(window.width, window.height, in.channels);
  if (vertical_first(in.width, in.height, out_width, out_height)) {
    const Range columns = used_inputs(wx);
    const int width = columns.end - columns.begin;
    const std::vector<uint8_t> middle = [&] {
      std::vector<uint8_t> made = buffer(width, window.height, in.channels);
      passes(wy).vertical({in, wy, 0, window.height, columns.begin, width}, made.data());
      return made;
    }();
    shift(wx, columns.begin);
    const PixelView view{middle.data(), width, window.height, in.channels};
    passes(wx).horizontal({view, wx, 0, window.height, 0, 0}, out.data());
  } else {
    const Range rows = used_inputs(wy);
    const int height = rows.end - rows.begin;
    std::vector<uint8_t> middle = buffer(window.width, height, in.channels);
    passes(wx).horizontal({in, wx, rows.begin, height, 0, 0}, middle.data());
    shift(wy, rows.begin);
    const PixelView view{middle.data(), window.width, height, in.channels};
    passes(wy).vertical({view, wy, 0, window.height, 0, window.width}, out.data());
  }
  return out;
}

uint16_t load_16(const uint8_t* at) {
  return static_cast<uint16_t>(at[0] | at[1] << 8);
}

void store_16(uint8_t* at, double sum) {
  const double rounded = sum >= 0.0 ? sum + 0.5 : sum - 0.5;
  const int value = std::clamp(static_cast<int>(rounded), 0, 65535);
  at[0] = static_cast<uint8_t>(value & 0xff);
  at[1] = static_cast<uint8_t>(value >> 8);
}

void horizontal_16(const PassPlan& plan, uint8_t* out) {
  const Weights& w = plan.weights;
  for (int y = 0; y < plan.rows; ++y) {
    const uint8_t* row = plan.in.row(plan.first_row + y);
    for (size_t x = 0; x < w.first.size(); ++x, out += 2) {
      const double* weight = w.exact.data() + x * static_cast<size_t>(w.taps);
      const uint8_t* at = row + 2 * static_cast<size_t>(w.first[x]);
      double sum = 0.0;
      for (int k = 0; k < w.length[x]; ++k) sum += load_16(at + 2 * k) * weight[k];
      store_16(out, sum);
    }
  }
}

void vertical_16(const PassPlan& plan, uint8_t* out) {
  const Weights& w = plan.weights;
  for (size_t y = 0; y < w.first.size(); ++y) {
    const double* weight = w.exact.data() + y * static_cast<size_t>(w.taps);
    for (int x = 0; x < plan.columns; ++x, out += 2) {
      const size_t at = 2 * static_cast<size_t>(plan.first_column + x);
      double sum = 0.0;
      for (int k = 0; k < w.length[y]; ++k) {
        sum += load_16(plan.in.row(w.first[y] + k) + at) * weight[k];
      }
      store_16(out, sum);
    }
  }
}

}  // namespace

bool vertical_first(int in_width, int in_height, int out_width, int out_height) {
  const int64_t shrink_x = static_cast<int64_t>(in_width) - out_width;
  const int64_t shrink_y = static_cast<int64_t>(in_height) - out_height;
  return shrink_y > 0 && shrink_y > 2 * shrink_x;
}

std::vector<uint8_t> resample(const PixelView& in, int out_width, int out_height,
                              ResizeFilter filter, const Window& window) {
  return run_passes(in, out_width, out_height, filter, window, false,
                    [&](const Weights& weights) { return choose_passes(in.channels, weights); });
}

std::vector<uint8_t> resample_16(const PixelView& in, int out_width, int out_height,
                                 ResizeFilter filter, const Window& window) {
  return run_passes(in, out_width, out_height, filter, window, true, [](const Weights&) {
    return Passes{horizontal_16, vertical_16};
  });
}

std::vector<uint8_t> nearest(const PixelView& in, int out_width, int out_height,
                             const Window& window) {
  // Positions are summed step by step from the first output on, as the reference does: a product
  // would round differently.
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
      // A sum that ran over the edge leaves the output at zero.
      if (x < in.width && y < in.height) {
        std::memcpy(to, in.row(y) + static_cast<size_t>(x) * channels, channels);
      }
      to += channels;
    }
  }
  return out;
}

}  // namespace sightline::image
