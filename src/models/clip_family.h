// The registry's entries for CLIP: one text tower, and one of two kinds of image tower.
#pragma once

#include "models/towers.h"

namespace sightline {

ModelFamily clip_vit_family();     // ClipConfig without `resnet`
ModelFamily clip_resnet_family();  // ClipConfig with `resnet`

}  // namespace sightline
