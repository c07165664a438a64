// Reads timm's Eva models from OpenCLIP's configs (eva.h).
#pragma once

#include "models/open_clip/towers.h"

namespace sightline {

ImageTowerKind eva_kind();

}  // namespace sightline
