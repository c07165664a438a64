// The registry's entries of CLIP: the same text tower beside one of two kinds of image tower.
#pragma once

#include "models/towers.h"

namespace sightline {

ModelFamily clip_vit_family();     // ClipConfig without `resnet`
ModelFamily clip_resnet_family();  // ClipConfig with `resnet`

}  // namespace sightline
