// Small files for pictures on a page.
#pragma once

#include <sightline/image.h>

#include <string>

namespace sightline {

// A baseline JPEG of RGB pixels, full colour resolution. Throws internal where libjpeg refuses.
std::string encode_jpeg(const Image& image, int quality);

}  // namespace sightline
