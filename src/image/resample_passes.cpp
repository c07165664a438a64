#include "image/resample_passes.h"

#include <algorithm>
#include <cstring>

#include "base/cpu_dispatch.h"

namespace sightline::image {
namespace {

const KernelVariants<ResamplePasses>& variants() {
  static const KernelVariants<ResamplePasses> variants = {
      {InstructionSet::avx512_vbmi, avx512_vbmi_resample_passes()},
      {InstructionSet::avx2, avx2_resample_passes()},
      {InstructionSet::i8mm, i8mm_resample_passes()},
      {InstructionSet::dotprod, dotprod_resample_passes()},
      {InstructionSet::generic, neon_resample_passes()},
      {InstructionSet::generic, generic_resample_passes()}};
  return variants;
}

}  // namespace

std::span<const ResamplePasses* const> runnable_resample_passes() {
  return variants().runnable();
}

const ResamplePasses& resample_passes() {
  return variants().best();
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
