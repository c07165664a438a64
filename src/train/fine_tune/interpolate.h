// Models between a start and its fine-tuned version (WiSE-FT, Wortsman et al. 2022).
#pragma once

#include <filesystem>

namespace sightline {

// Writes a model with (1 - share) * start + share * tuned for every tensor that differs, in the
// files of `tuned` and their number types. Share 1 writes the bytes of `tuned`. Both have the same
// tensors. `directory` is created if missing. Throws invalid_data (another tensor), io, and what
// opening a model throws.
void write_interpolated(const std::filesystem::path& start, const std::filesystem::path& tuned,
                        double share, const std::filesystem::path& directory);

}  // namespace sightline
