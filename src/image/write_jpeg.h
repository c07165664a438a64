// JPEG encoder.
#pragma once

#include <sightline/image.h>

#include <string>

namespace sightline {

enum class ChromaSubsampling {
  yuv444,  // chroma at full resolution; suits small images
  yuv420,  // chroma at half the width and height, as in most photos
};

// Returns a baseline JPEG file. quality: 1 to 100. Throws internal if libjpeg fails, for example
// for an empty image.
std::string encode_jpeg(const Image& image, int quality,
                        ChromaSubsampling chroma = ChromaSubsampling::yuv444);

}  // namespace sightline
