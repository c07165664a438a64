// Digests of weight files, remembered between runs.
#pragma once

#include <chrono>
#include <filesystem>

#include "weights/checkpoint.h"

namespace sightline {

// checkpoint.digest(), from `folder` where it was computed before for the same files: same paths,
// devices, inodes, sizes, and times of change of content and of inode, to the nanosecond. `before` is
// a time before the checkpoint was opened: what changed later than two seconds before that is computed
// and not remembered, as the names may lead to other files than those that are mapped (renaming
// changes an inode's time), or a second change could bear the same time. An empty folder, or one that
// cannot be read or written, means computing. Throws not_found or io where the weight files themselves
// cannot be looked at.
Digest remembered_digest(const Checkpoint& checkpoint, const std::filesystem::path& folder,
                         std::chrono::system_clock::time_point before);

}  // namespace sightline
