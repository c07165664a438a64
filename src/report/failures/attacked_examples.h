// Pictures of the examples of the typographic attack.
#pragma once

#include <sightline/experiment.h>

#include <vector>

#include "report/grids.h"

namespace sightline {

// The number under which the page has the picture of an example, above those of all rows.
int64_t example_number(const ExperimentResult& result, size_t model, size_t example);

// Draws the words of all examples on their images and adds the pictures to `images` under their
// numbers. An image that cannot be read or decoded is left out.
void add_attacked_examples(const ExperimentResult& result, OrientationProfile orientation,
                           ImageBytes& images);

}  // namespace sightline
