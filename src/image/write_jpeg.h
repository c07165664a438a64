// Small files for images on a page.
#pragma once

#include <sightline/image.h>

#include <string>

namespace sightline {

enum class JpegColour {
  full,  // colour as sharp as light: small images stay clean
  half,  // half as many columns and rows of colour (4:2:0), as cameras write
};

// A baseline JPEG of RGB pixels. Throws internal where libjpeg refuses.
std::string encode_jpeg(const Image& image, int quality, JpegColour colour = JpegColour::full);

}  // namespace sightline
