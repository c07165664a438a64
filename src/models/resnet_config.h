// The sizes of a ResNet with bottleneck blocks, as torchvision builds ResNet-50, -101 and -152.
#pragma once

#include <array>
#include <cstdint>

namespace sightline {

struct ResnetConfig {
  // A block's output has this many times its channels.
  static constexpr int64_t kExpansion = 4;

  std::array<int64_t, 4> layers{3, 4, 6, 3};  // blocks of each stage
  int64_t stem_width = 64;                    // channels behind the first convolution
  std::array<int64_t, 4> channels{64, 128, 256,
                                  512};  // of each stage's blocks, before the expansion
  int64_t classes = 1000;                // D: the tower's output are the logits
  int64_t image_size = 224;              // S
};

}  // namespace sightline
