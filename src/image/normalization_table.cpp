#include "image/normalization_table.h"

#include "image/image_preprocessor.h"

namespace sightline::image {

// The order of operations is that of transformers: x * (1 / 255) in f64, rounded to f32, then minus
// mean and divided by std in f32.
NormalizationTable::NormalizationTable(const PreprocessSpec& spec) {
  for (size_t c = 0; c < 3; ++c) {
    for (size_t value = 0; value < 256; ++value) {
      const auto scaled = static_cast<float>(static_cast<double>(value) * (1.0 / 255.0));
      normalization_[c][value] = (scaled - spec.mean[c]) / spec.std[c];
    }
  }
}

void NormalizationTable::apply(const uint8_t* rgb, size_t count, float* out) const {
  float* red = out;
  float* green = out + count;
  float* blue = out + 2 * count;
  for (size_t i = 0; i < count; ++i, rgb += 3) {
    red[i] = normalization_[0][rgb[0]];
    green[i] = normalization_[1][rgb[1]];
    blue[i] = normalization_[2][rgb[2]];
  }
}

}  // namespace sightline::image
