// Recognizes camera RAW files.
#pragma once

#include "image/decoders.h"

namespace sightline::image {

// `head` should be the whole file: the directories of a TIFF file can be anywhere.
bool is_camera_raw(Bytes head);

}  // namespace sightline::image
