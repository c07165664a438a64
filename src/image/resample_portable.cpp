#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "image/resample_passes.h"

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

const Passes& portable_passes() {
  static constexpr Passes passes{"portable",     any_fits,       pack_nothing_x,
                                 pack_nothing_y, horizontal_any, vertical_any};
  return passes;
}

std::span<const Passes* const> available_passes() {
  static const std::vector<const Passes*> all = [] {
    std::vector<const Passes*> found;
    for (const Passes* passes : {avx512_passes(), avx2_passes(), &portable_passes()}) {
      if (passes != nullptr) found.push_back(passes);
    }
    return found;
  }();
  return all;
}

bool weights_below(const Weights& weights, int32_t limit) {
  return std::all_of(weights.fixed.begin(), weights.fixed.end(),
                     [limit](int32_t weight) { return weight >= -limit && weight < limit; });
}

const uint8_t* padded_row(const PixelView& in, int y, std::vector<uint8_t>& scratch, size_t slot) {
  const uint8_t* row = in.row(y);
  const size_t bytes = in.row_bytes();
  if (static_cast<size_t>(in.data + in.size() - row) >= bytes + kSlack) return row;
  uint8_t* copy = scratch.data() + slot * (bytes + kSlack);
  std::memcpy(copy, row, bytes);
  return copy;
}

}  // namespace sightline::image
