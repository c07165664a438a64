// The thumbnails of the page: which rows have one, and their bytes.
#pragma once

#include <sightline/experiment.h>
#include <sightline/progress.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "report/page/page.h"

namespace sightline {

// Bytes of all thumbnails of a page. In base64 they take 4/3 of it.
inline constexpr size_t kMaxThumbnailBytes = size_t{16} << 20;

// The rows in the hits of free queries and examples, and the own images of examples.
std::set<int64_t> rows_in_hits(const ExperimentResult& result);

// Returns up to 120 rows whose captions two models rank most differently, where one model is right
// at K and the other is wrong; taken from all pairs of models in turn.
std::vector<int64_t> rows_with_differences(const ExperimentResult& result);

// Returns JPEG thumbnails of encoded images, in the orientation in which they were encoded. The
// longer side has up to 400 pixels; 160 for images beyond the first half of kMaxThumbnailBytes.
// Rows in hits come first, then rows_with_differences, until the limit is reached. Images that
// cannot be decoded are omitted. Throws what `progress` throws.
PageImages page_images(const ExperimentResult& result,
                       const std::map<int64_t, std::vector<uint8_t>>& images,
                       OrientationProfile orientation, const ProgressFn& progress = {});

// A style for each image, as a background: the page shows many images several times, and contains
// each once.
std::string image_styles(const PageImages& images);

}  // namespace sightline
