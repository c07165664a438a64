// Metadata in files of boxes (ISO/IEC 14496-12).
#pragma once

#include "image/metadata/metadata_blocks.h"

namespace sightline::image {

// Adds the blocks of HEIF, AVIF, JPEG XL, JPEG 2000 and RAW files of Canon (CR3) to `blocks`.
void find_in_boxes(Bytes file, MetadataBlocks& blocks);

}  // namespace sightline::image
