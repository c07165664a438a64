// The images of the parts of a run: "train", "validation", "test" (docs/formats/fine_tune.md,
// splits.jsonl).
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "base/hash.h"

namespace sightline {

using ImageSet = std::set<Digest>;  // SHA-256 of the images' files

// Returns the images of a part. Throws not_found, invalid_data (naming the line), io.
std::shared_ptr<const ImageSet> read_image_part(const std::filesystem::path& file,
                                                const std::string& part);

}  // namespace sightline
