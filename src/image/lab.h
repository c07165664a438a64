// Conversion of CIELAB to sRGB. Optional at build time (Little CMS): the plugin
// in src/image/codecs/cielab.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sightline::image {

bool lab_supported();

// Converts `count` pixels of mode lab (L* * 255 / 100, a* + 128, b* + 128; white point D50) to sRGB
// (count, 3), as Pillow's ImageCms: perceptual intent, Little CMS's built-in profiles.
// Throws unsupported if the build has no Little CMS.
void lab_to_rgb(const uint8_t* in, size_t count, uint8_t* out);

}  // namespace sightline::image
