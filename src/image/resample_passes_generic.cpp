// The passes for what every processor of the target architecture has.
#include "image/resample_passes.h"

#include <algorithm>
#include <array>

namespace sightline::image {
namespace {

template <int kChannels>
void horizontal(const PassPlan& plan, uint8_t* out) {
  const Weights& w = plan.weights;
  for (int y = 0; y < plan.rows; ++y) {
    const uint8_t* row = plan.in.row(plan.first_row + y);
    for (size_t x = 0; x < w.first.size(); ++x) {
      const int32_t* weight = w.fixed.data() + x * static_cast<size_t>(w.taps);
      const uint8_t* at = row + static_cast<size_t>(w.first[x] - plan.origin) * kChannels;
      std::array<int32_t, kChannels> sum;
      sum.fill(1 << (kPrecisionBits - 1));
      for (int k = 0; k < w.length[x]; ++k, at += kChannels) {
        for (int c = 0; c < kChannels; ++c) sum[static_cast<size_t>(c)] += at[c] * weight[k];
      }
      for (int c = 0; c < kChannels; ++c) *out++ = round_and_clip(sum[static_cast<size_t>(c)]);
    }
  }
}

void horizontal_any(const PassPlan& plan, uint8_t* out) {
  switch (plan.in.channels) {
    case 1:
      return horizontal<1>(plan, out);
    case 2:
      return horizontal<2>(plan, out);
    case 3:
      return horizontal<3>(plan, out);
    default:
      return horizontal<4>(plan, out);
  }
}

// Processes blocks of columns, so that the sums stay in the L1 cache and the compiler vectorizes
// along them.
void vertical_any(const PassPlan& plan, uint8_t* out) {
  constexpr size_t kBlock = 1024;
  const Weights& w = plan.weights;
  const auto channels = static_cast<size_t>(plan.in.channels);
  const size_t bytes = static_cast<size_t>(plan.columns) * channels;
  const size_t begin = static_cast<size_t>(plan.first_column) * channels;
  std::array<int32_t, kBlock> sum;
  for (size_t y = 0; y < w.first.size(); ++y, out += bytes) {
    const int32_t* weight = w.fixed.data() + y * static_cast<size_t>(w.taps);
    for (size_t block = 0; block < bytes; block += kBlock) {
      const size_t n = std::min(kBlock, bytes - block);
      std::fill_n(sum.begin(), n, 1 << (kPrecisionBits - 1));
      for (int k = 0; k < w.length[y]; ++k) {
        const uint8_t* row = plan.in.row(w.first[y] + k - plan.origin) + begin + block;
        const int32_t factor = weight[k];
        for (size_t i = 0; i < n; ++i) sum[i] += row[i] * factor;
      }
      for (size_t i = 0; i < n; ++i) out[block + i] = round_and_clip(sum[i]);
    }
  }
}

bool any_fits(const Weights&) {
  return true;
}
void pack_nothing_x(const Weights&, int, PackedWeights&) {}
void pack_nothing_y(const Weights&, PackedWeights&) {}

}  // namespace

const ResamplePasses* generic_resample_passes() {
  static constexpr ResamplePasses passes{"generic",      any_fits,       pack_nothing_x,
                                         pack_nothing_y, horizontal_any, vertical_any};
  return &passes;
}

}  // namespace sightline::image
