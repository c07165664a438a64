// SigLIP in transformers' layout, and SigLIP 2 with a fixed image size, which has the same
// model_type.
// Source: transformers modeling_siglip.py, configuration_siglip.py.
#pragma once

#include "models/towers.h"

namespace sightline {

ModelFamily siglip_family();

}  // namespace sightline
