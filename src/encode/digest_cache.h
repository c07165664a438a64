// Digests of weight files, remembered between runs.
#pragma once

#include <filesystem>

#include "weights/checkpoint.h"

namespace sightline {

// checkpoint.digest(), from `folder` where it was computed before for the same files: same paths,
// devices, inodes, sizes, and times of change of content and of inode, to the nanosecond. A file that
// changed within the last two seconds is not remembered: a second change could bear the same time.
// An empty folder, or one that cannot be read or written, means computing. Throws io where the weight
// files themselves cannot be looked at.
Digest remembered_digest(const Checkpoint& checkpoint, const std::filesystem::path& folder);

}  // namespace sightline
