// The adapter directory of a training run: low-rank additions (PEFT) or learned vectors.
#pragma once

#include <filesystem>

namespace sightline {

inline constexpr const char* kAdapterFolder = "adapter";

// Copies the adapter of a training run, with low-rank additions scaled by `share`: merged into the
// start, they then give the weights between start and result. Returns false if the run has none.
// Throws io, invalid_data.
bool copy_adapter(const std::filesystem::path& training, double share,
                  const std::filesystem::path& out);

}  // namespace sightline
