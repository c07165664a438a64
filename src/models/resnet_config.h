// The sizes of a ResNet with bottleneck blocks, as torchvision builds ResNet-50, -101 and -152.
#pragma once

#include <array>
#include <cstdint>

namespace sightline {

struct ResnetConfig {
  // Ratio of a block's output channels to its inner ones.
  static constexpr int64_t kExpansion = 4;

  std::array<int64_t, 4> layers{3, 4, 6, 3};  // blocks of each stage
  int64_t stem_width = 64;                    // output channels of the first convolution
  // Channels of each stage's blocks, before the expansion.
  std::array<int64_t, 4> channels{64, 128, 256, 512};
  int64_t classes = 1000;    // D: the tower returns logits
  int64_t image_size = 224;  // S
};

}  // namespace sightline
