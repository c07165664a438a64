// The rate of preprocessing.
#pragma once

#include <sightline/image.h>

#include "measure/image_files.h"
#include "measure/measure.h"

namespace sightline {

// Decodes, resizes, crops and normalizes all files, from memory, on all threads. Throws what
// reading and decoding throw.
Rate preprocess_rate(const PreprocessSpec& spec, const ImageFiles& files,
                     const MeasureOptions& options);

}  // namespace sightline
