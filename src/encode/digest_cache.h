// Digests of weight files, remembered between runs.
#pragma once

#include <chrono>
#include <filesystem>

#include "weights/checkpoint.h"

namespace sightline {

// checkpoint.digest(), from `folder` where it was computed before for the same files: same paths,
// devices, inodes, sizes, and times of change of content and of inode, to the nanosecond, as they
// were when the files were mapped. `before` is a time before that: what changed later than two
// seconds before it is computed and not remembered, as a second change could bear the same time. An
// empty folder, or one that cannot be read or written, means computing.
Digest remembered_digest(const Checkpoint& checkpoint, const std::filesystem::path& folder,
                         std::chrono::system_clock::time_point before);

}  // namespace sightline
