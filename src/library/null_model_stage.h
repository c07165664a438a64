// The states of a library between which its null model is estimated again.
#pragma once

#include <cstdint>
#include <string>

namespace sightline::library {

// Returns a part of a file name that changes when about a quarter of the images have been added,
// removed or replaced.
//   rows    images that can be found now
//   added   images that were ever added
std::string null_model_stage(int64_t rows, int64_t added);

}  // namespace sightline::library
