// Draws explanations.
#pragma once

#include <sightline/explain.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct ExplanationImageOptions {
  int side = 360;  // pixels of the longer side of the image, 64 to 2048
  OrientationProfile orientation = OrientationProfile::upright;  // as the image was encoded
  ImageLimits limits = {};
  std::vector<NearCaption> captions = {};  // listed below the image, a line each
};

// Returns a PNG file: the text and the similarity, the image, the heat map over the image in grey,
// and a legend. What the model did not see is hatched. Colours are those of viridis, whose
// lightness grows with the value; the legend has the lowest and the highest value. `image`: the
// file that was explained. Throws the errors of decode_raster; invalid_argument for a side out of
// range or a map without cells; internal if drawing fails. Thread-safe.
std::vector<uint8_t> render_explanation(const Explanation& explanation,
                                        std::span<const uint8_t> image, const std::string& text,
                                        const ExplanationImageOptions& options = {});

// Returns a PNG file of the heat map alone, to lay over the image: transparent where the model did
// not see the image, otherwise opaque. It has the image's aspect ratio, and `side` pixels on the
// longer side, 16 to 2048. Throws as render_explanation does. Thread-safe.
std::vector<uint8_t> render_heat_map(const Explanation& explanation, int side);

}  // namespace sightline
