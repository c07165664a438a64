// Scans of weight files (their digests and the tensors that are not finite), kept between runs.
#pragma once

#include <chrono>
#include <filesystem>

#include "weights/checkpoint_scan.h"

namespace sightline {

// Returns scan_checkpoint(checkpoint), from `folder` where it was computed before for the same
// files: equal paths, devices, inodes, sizes, and times of change of content and inode in
// nanoseconds, as they were when the files were mapped. `before`: a time before that. Files that
// changed later than two seconds before it are scanned and not remembered, because a second change
// could have the same time stamp. An empty, unreadable or unwritable folder: always computed.
CheckpointScan remembered_scan(const Checkpoint& checkpoint, const std::filesystem::path& folder,
                               std::chrono::system_clock::time_point before);

}  // namespace sightline
