#include "models/timm/rotary_tables.h"

#include <cmath>
#include <vector>

namespace sightline {
namespace {

constexpr float kTemperature = 10000.f;

// In f32, rounded where the reference rounds.
std::vector<float> frequencies(int64_t count) {
  std::vector<float> bands;
  for (int64_t i = 0; i < count; ++i) {
    const float exponent = static_cast<float>(i) / static_cast<float>(count);
    bands.push_back(1.f / std::pow(kTemperature, exponent));
  }
  return bands;
}

float coordinate(const RotaryGrid& grid, int64_t index) {
  return (static_cast<float>(index) + grid.offset) / static_cast<float>(grid.side) *
         static_cast<float>(grid.reference);
}

}  // namespace

RotaryTables rotary_tables(const RotaryGrid& grid, int64_t head, int64_t prefix) {
  const std::vector<float> bands = frequencies(head / 4);
  const int64_t patches = grid.side * grid.side;
  RotaryTables tables{Tensor({prefix + patches, head}, DType::f32),
                      Tensor({prefix + patches, head}, DType::f32)};
  float* cosines = tables.cosines.data<float>();
  float* sines = tables.sines.data<float>();
  for (int64_t i = 0; i < prefix * head; ++i) {
    *cosines++ = 1;
    *sines++ = 0;
  }
  for (int64_t patch = 0; patch < patches; ++patch) {
    const float row = coordinate(grid, patch / grid.side);
    const float column = coordinate(grid, patch % grid.side);
    for (const float position :
         {grid.column_first ? column : row, grid.column_first ? row : column}) {
      for (const float band : bands) {
        for (int same = 0; same < 2; ++same) {
          *cosines++ = std::cos(position * band);
          *sines++ = std::sin(position * band);
        }
      }
    }
  }
  return tables;
}

}  // namespace sightline
