// The null models of a library: the states between which one is estimated again, and estimates that
// can be cancelled.
#pragma once

#include <sightline/library.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace sightline::library {

// Returns a part of a file name that changes when about a quarter of the images have been added,
// removed or replaced.
//   rows    images that can be found now
//   added   images that were ever added
std::string null_model_stage(int64_t rows, int64_t added);

// As library_null_model. Calls `progress` while the background texts are encoded, which takes long
// with many templates; throws what it throws.
NullModel cached_null_model(const Library& library, const Collection& collection,
                            const Model& model, std::span<const std::string> templates,
                            const std::optional<std::filesystem::path>& cache,
                            const ProgressFn& progress);

}  // namespace sightline::library
