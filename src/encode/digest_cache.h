// Digests of weight files, kept between runs.
#pragma once

#include <chrono>
#include <filesystem>

#include "weights/checkpoint.h"

namespace sightline {

// Returns checkpoint.digest(), from `folder` where it was computed before for the same files: equal
// paths, devices, inodes, sizes, and times of change of content and inode in nanoseconds, as they
// were when the files were mapped. `before`: a time before that. Files that changed later than two
// seconds before it are hashed and not remembered, because a second change could have the same time
// stamp. An empty, unreadable or unwritable folder: always computed.
Digest remembered_digest(const Checkpoint& checkpoint, const std::filesystem::path& folder,
                         std::chrono::system_clock::time_point before);

}  // namespace sightline
