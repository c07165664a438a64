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

// The rows in the hits of free queries and examples, the own images of examples, hubs, and the
// images of examples of the typographic attack.
std::set<int64_t> rows_in_hits(const ExperimentResult& result);

// Returns up to 120 rows whose captions two models rank most differently, where one model is right
// at K and the other is wrong; taken from all pairs of models in turn.
std::vector<int64_t> rows_with_differences(const ExperimentResult& result);

// Returns the rows whose images the page shows, the most important first: the own images of
// examples; then the hits of examples and queries, the best hits of all before the next; then hubs
// and the numbers of attacked images (example_number); then rows_with_differences.
std::vector<int64_t> rows_on_page(const ExperimentResult& result);

// Returns JPEG thumbnails of `rows`, in the orientation in which they were encoded, until they take
// `limit` bytes. The longer side has up to 400 pixels; 160 for images beyond the first half of the
// limit. `images`: encoded files by row. Throws what `progress` throws.
PageImages make_thumbnails(std::vector<int64_t> rows,
                           const std::map<int64_t, std::vector<uint8_t>>& images,
                           OrientationProfile orientation, const ProgressFn& progress = {},
                           size_t limit = kMaxThumbnailBytes);
// The same for rows_on_page.
PageImages page_images(const ExperimentResult& result,
                       const std::map<int64_t, std::vector<uint8_t>>& images,
                       OrientationProfile orientation, const ProgressFn& progress = {},
                       size_t limit = kMaxThumbnailBytes);

// A sentence on images without a thumbnail, with the reasons; empty if there is none.
std::string omitted_note(const PageImages& images);

// A style for each image, as a background: the page shows many images several times, and contains
// each once.
std::string image_styles(const PageImages& images);

}  // namespace sightline
