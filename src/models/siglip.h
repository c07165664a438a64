// SigLIP in transformers' layout, and SigLIP 2 with a fixed image size, which has the same
// model_type; SigLIP 2 with images of different sizes (NaFlex).
// Source: transformers modeling_siglip.py, configuration_siglip.py, modeling_siglip2.py.
#pragma once

#include "models/towers.h"

namespace sightline {

ModelFamily siglip_family();
ModelFamily siglip2_family();

}  // namespace sightline
