// Applies the rules of the selection to the drawings of the package.
#pragma once

#include <sightline/drawings_dataset.h>
#include <sightline/progress.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sample_data/drawings/captions.h"
#include "sample_data/drawings/package.h"
#include "sample_data/drawings/words.h"
#include "sample_data/near_duplicates.h"

namespace sightline {

// A row of the data set, without its split.
struct DrawingRow {
  Drawing drawing;
  Caption caption;
  Words keywords;
  Thumbnail thumbnail{};
  std::vector<uint8_t> png;
};

struct Selection {
  std::vector<DrawingRow> rows;       // in the order of the package
  std::vector<SampleCount> left_out;  // in the order in which the rules are applied
};

// Leaves out links, files that are not in the public domain, folders (left_out_folders), drawings
// that are not for every audience or without a caption, those that cannot be drawn or are blank,
// near duplicates of earlier ones (mean difference of thumbnails below 1 of 255), and all but 6 of
// one creator with one caption. Throws io, cancelled.
Selection select_rows(const Package& package, const Dictionary& dictionary,
                      const ProgressFn& progress);

}  // namespace sightline
