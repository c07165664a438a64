// Compares images by their thumbnails.
#pragma once

#include <sightline/image.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sightline {

// 16 x 16 pixels, RGB: the means of the blocks of an image.
using Thumbnail = std::array<uint8_t, 16 * 16 * 3>;

// The sides of the image must be multiples of 16.
Thumbnail make_thumbnail(const Image& image);

// The sum of the absolute differences of all values. Divided by the number of values, it is the
// mean difference, from 0 to 255.
int64_t difference(const Thumbnail& a, const Thumbnail& b);

// Whether the mean difference is below `mean`.
bool is_near(const Thumbnail& a, const Thumbnail& b, double mean);

// Returns whether each image is kept: it is not near to an earlier one that is kept.
std::vector<bool> keep_different(std::span<const Thumbnail> images, double mean);

// Whether an image on white shows something: at least 1 % of its blocks of 4 x 4 pixels are darker
// than 231 in a channel, and the blocks' values have a standard deviation of at least 4. The sides
// must be multiples of 4.
bool shows_something(const Image& image);

}  // namespace sightline
