// The layouts that this build knows, one file each (model_source.h).
#pragma once

#include "models/model_source.h"

namespace sightline {

// config.json and safetensors as transformers' save_pretrained writes them.
ModelLayout huggingface_layout();

}  // namespace sightline
