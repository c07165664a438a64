// The sizes of a MobileNetV2.
#pragma once

#include <array>
#include <cstdint>

namespace sightline {

struct MobilenetV2Config {
  static constexpr size_t kStages = 7;
  // Blocks of each stage, and the stride of its first block (Sandler et al. 2018, table 2).
  static constexpr std::array<int64_t, kStages> kBlocks{1, 2, 3, 4, 3, 3, 1};
  static constexpr std::array<int64_t, kStages> kStrides{1, 2, 2, 2, 1, 2, 1};
  // Ratio of a block's inner channels to its input channels; 1 in the first stage.
  static constexpr int64_t kExpansion = 6;

  int64_t stem_width = 32;  // output channels of the first convolution
  std::array<int64_t, kStages> channels{16, 24, 32, 64, 96, 160, 320};  // of each stage's outputs
  int64_t head_width = 1280;  // output channels of the last convolution
  int64_t classes = 1000;     // D: the tower returns logits
  int64_t image_size = 224;   // S
};

}  // namespace sightline
