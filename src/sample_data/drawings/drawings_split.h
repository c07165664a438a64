// Chooses the drawings that are held out of training.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sample_data/drawings/words.h"
#include "sample_data/near_duplicates.h"
#include "sample_data/split.h"

namespace sightline {

// The inputs of the split, of one drawing.
struct SplitRow {
  std::string path;
  std::string caption;
  Words keywords;
  Thumbnail thumbnail{};
};

// Returns the subject of a caption: its last content word before a preposition, in the singular;
// the place for "flag of PLACE". "black cats in a basket" -> "cat".
std::string head_of(std::string_view caption);

// Holds out rows:
//   novel  at most novel_rows rows, as whole heads in the order of their SHA-256. A head that more
//          than 20 rows mention, or whose rows do not fit, is passed over.
//   test   the rows that mention the head of a novel row (in caption or keywords) or look like one
//          (mean difference of thumbnails below 8 of 255), and then single rows in the order of
//          SHA-256 of their paths, until there are test_rows.
// So no row of train names the subject of a novel row, and none has a similar image.
std::vector<Split> split_drawings(std::span<const SplitRow> rows, size_t test_rows,
                                  size_t novel_rows);

}  // namespace sightline
