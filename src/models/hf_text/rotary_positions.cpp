#include "models/hf_text/rotary_positions.h"

#include <cmath>

namespace sightline {

// In f32, rounded where the reference rounds.
RotaryPositions rotary_positions(int64_t length, int64_t head, double base) {
  RotaryPositions tables{Tensor({length, head}, DType::f32), Tensor({length, head}, DType::f32)};
  const int64_t half = head / 2;
  for (int64_t i = 0; i < half; ++i) {
    // inv_freq = 1.0 / (base ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim))
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(head);
    const float frequency = 1.f / std::pow(static_cast<float>(base), exponent);
    for (int64_t t = 0; t < length; ++t) {
      const float angle = static_cast<float>(t) * frequency;
      for (const int64_t at : {t * head + i, t * head + half + i}) {
        tables.cosines.data<float>()[at] = std::cos(angle);
        tables.sines.data<float>()[at] = std::sin(angle);
      }
    }
  }
  return tables;
}

}  // namespace sightline
