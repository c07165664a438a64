// The data of the page's script: ids, captions, columns and ranks, each once.
#pragma once

#include <sightline/experiment.h>

#include <string>

#include "report/page/page.h"

namespace sightline {

// Returns JSON that is safe inside a <script> element:
//   k, candidates   K, and the number of images
//   models          labels
//   ids             per row
//   columns         {name, values, of}; of: per row, an index into `values`, the distinct values;
//                   "split" is first unless no row has one
//   rows, captions  per caption: its row, and its text
//   ranks           per model and caption, strict
//   equivalent      the same, caption-equivalent; null if equal
//   image_ranks     per model and row, strict
//   similarity      per model and caption, in units of 0.0001; null for NaN
//   thumbnails      the rows that have one
std::string caption_data(const ExperimentResult& result, const PageImages& images);

}  // namespace sightline
