// The largest images of towers whose weights do not depend on the size of the image.
#pragma once

#include <cstdint>

namespace sightline {

// Pixels a side, as Swin's 256 patches of 4. A convolutional network takes any size, so that the
// config alone decides what an image costs: at this size 12 MiB, and its first layer some hundred.
inline constexpr int64_t kMaxImageSide = 1024;

}  // namespace sightline
